/** uv, and the PyTorch that trainers would take. Nothing needs either. */
import { join } from 'node:path'
import type { DoctorCheck } from '#contract/api'
import { Failure } from '#contract/failure'
import type { TorchProof } from '#contract/torch-environment'
import { findUv, isOldUv, OLDEST_UV, uvRemedy } from '#python/find-installer'
import { proveTorch } from '#python/prove-torch'
import { readTorch, torchFolders } from '#python/torch-folder'
import { check, good, warning, type Finding } from './check.ts'

const INSTALL = '`veritune engine install torch`, or Settings on the screen,'

export function uvCheck(environment = process.env): Promise<DoctorCheck> {
  return check('uv', '', async () => {
    const uv = await findUv(environment)
    if (uv === null)
      return warning(
        'not found; all else works without it',
        `It would install PyTorch for the card of this machine. ${uvRemedy()}`,
      )
    const finding = `uv ${uv.version} at ${uv.program}`
    return isOldUv(uv)
      ? warning(finding, `Update it to ${OLDEST_UV} or newer: \`uv self update\`, or the way it was installed.`)
      : good(finding)
  })
}

/** Loads PyTorch, which takes some seconds. */
export function torchCheck(home: string, nativePath: string, environment = process.env): Promise<DoctorCheck> {
  return check('PyTorch', '', async () => {
    const { whole } = torchFolders(home)
    const { installed, problem } = readTorch(whole)
    const named = environment.VERITUNE_PYTHON
    if (!named && problem !== null) return warning(problem, `${INSTALL} makes it anew.`)
    const program = named || (installed === null ? 'python3' : join(whole, installed.program))
    try {
      return torchFinding(await proveTorch(program, join(nativePath, 'prove_torch.py')), program)
    } catch (error) {
      return withoutTorch(error, named ?? null)
    }
  })
}

export function torchFinding({ torch, python, cards, problem }: TorchProof, program: string): Finding {
  const what = `PyTorch ${torch} with Python ${python} at ${program}`
  if (cards.length > 0) return good(`${what}, on ${cards.join(', ')}`)
  if (problem === null) return good(`${what}, on the processor`)
  const said = `${what}, on the processor: ${problem}`
  if (/too old/i.test(problem))
    return warning(said, 'Install a newer driver of the card; `nvidia-smi` names the one that is there.')
  // A build for CUDA on a machine without a card is right for its processor.
  if (/no nvidia driver|no cuda-capable device|finds no card/i.test(problem)) return good(said)
  return warning(said, `${INSTALL} chooses a PyTorch for the card.`)
}

function withoutTorch(error: unknown, named: string | null): Finding {
  if (!(error instanceof Failure)) throw error
  const reason = String(error.facts.reason)
  if (named !== null)
    return warning(
      `none in ${named}: ${reason}`,
      `Name a Python that has it with VERITUNE_PYTHON, or leave that out: ${INSTALL} makes one.`,
    )
  return warning(
    'not installed; the embedded engine does without it',
    `It would train larger models, on a card. ${INSTALL} installs it.`,
  )
}
