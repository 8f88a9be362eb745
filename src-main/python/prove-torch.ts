/** Loads the PyTorch of a Python and lets it compute something. */
import { Failure } from '#contract/failure'
import { torchProofSchema, type TorchProof } from '#contract/torch-environment'
import { runTool } from './run-tool.ts'

const PROOF_MS = 300_000

/** proofFile: native/prove_torch.py. Throws Failure environment.broken, and the reason of `stop`. */
export async function proveTorch(program: string, proofFile: string, stop: AbortSignal = NEVER): Promise<TorchProof> {
  const patience = AbortSignal.timeout(PROOF_MS)
  // Nothing of the caller's own Python may stand in for what was installed.
  const { PYTHONPATH: _path, PYTHONHOME: _home, ...environment } = process.env
  try {
    const { code, stdout, lastWords } = await runTool({
      program,
      // Isolated from the user's own packages.
      args: ['-s', proofFile],
      environment: { ...environment, HF_HUB_OFFLINE: '1' },
      stop: AbortSignal.any([stop, patience]),
    })
    if (code !== 0) throw brokenBy(lastWords.trim().split('\n').at(-1) || `it ended with ${code}`)
    return torchProofSchema.parse(JSON.parse(stdout.trim().split('\n').at(-1) ?? ''))
  } catch (error) {
    if (stop.aborted || error instanceof Failure) throw error
    throw brokenBy(patience.aborted ? `it gave no answer for ${PROOF_MS / 60_000} minutes` : (error as Error).message)
  }
}

const NEVER = new AbortController().signal

function brokenBy(reason: string): Failure {
  return new Failure('environment.broken', { reason: reason.slice(0, 300).replace(/[.]+$/, '') })
}
