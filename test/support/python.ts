/** A Python with PyTorch, transformers and PEFT, or with W&B's tool, for tests that are skipped by name where there is none. */
import { spawnSync } from 'node:child_process'

/** VERITUNE_PYTHON, else python3. */
export const PYTHON = process.env.VERITUNE_PYTHON ?? 'python3'

const ONE_THREAD = { OMP_NUM_THREADS: '1', MKL_NUM_THREADS: '1', HF_HUB_OFFLINE: '1', TOKENIZERS_PARALLELISM: 'false' }

/** Why these modules cannot be used; empty when they can. */
export function missingModules(...modules: readonly string[]): string {
  const search = `import importlib.util as u; print(*[m for m in ${JSON.stringify(modules)} if u.find_spec(m) is None])`
  const { status, stdout } = spawnSync(PYTHON, ['-c', search], { encoding: 'utf8' })
  const reason =
    status !== 0 ? `no ${PYTHON} here` : stdout.trim() === '' ? '' : `${PYTHON} has no ${stdout.trim().replaceAll(' ', ', ')}`
  if (reason !== '') console.log(`Tests that need Python are skipped: ${reason}; VERITUNE_PYTHON names another Python`)
  return reason
}

/** Runs a program with a JSON order on stdin; its last line of stdout is the JSON answer. Throws with its stderr. */
export function runPython(program: string, order: unknown): unknown {
  const { status, stdout, stderr } = spawnSync(PYTHON, [program], {
    input: JSON.stringify(order),
    encoding: 'utf8',
    env: { ...process.env, ...ONE_THREAD },
    maxBuffer: 1 << 28,
  })
  if (status !== 0) throw new Error(`${program} ended with ${status}: ${stderr}`)
  return JSON.parse(stdout.trim().split('\n').at(-1)!)
}
