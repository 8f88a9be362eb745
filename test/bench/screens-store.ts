/** A data folder as large as a group fills in a year: hundreds of runs, and one that is very long. Made once, kept in the temporary folder. */
import { closeSync, existsSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { RATE_KEY } from '#contract/metrics'
import { RUN_FILES } from '#contract/run-directory'
import { COMPONENTS } from '#contract/score'
import { aConfig } from '#test/support/run-builders'

export const RUNS = 500
export const STEPS = 2_000
export const LONG_RUN = 'long'
export const LONG_STEPS = 100_000
/** Lines that are written at once. */
const PART = 500

export const METRIC_KEYS = [
  ...COMPONENTS.map((component) => `train/${RATE_KEY[component]}`),
  ...['reward', 'reward_std', 'kl', 'approx_kl', 'entropy', 'loss', 'clip_ratio/high', 'clip_ratio/low', 'grad_norm'].map(
    (name) => `train/${name}`,
  ),
  ...['step', 'rollouts', 'scores', 'advantages', 'update'].map((name) => `timing_s/${name}`),
  'perf/score_wait_share',
]
export const METRIC_COUNT = METRIC_KEYS.length

/** The folder; the first call writes about a gigabyte. */
export function largeHome(): string {
  const home = join(tmpdir(), `veritune-bench-screens-${RUNS}-${STEPS}-${LONG_STEPS}`)
  if (existsSync(home)) return home
  const beside = `${home}.${process.pid}`
  for (let i = 0; i < RUNS; i++) writeLongRun(beside, `run-${String(i).padStart(3, '0')}`, STEPS, i)
  writeLongRun(beside, LONG_RUN, LONG_STEPS, RUNS)
  renameSync(beside, home)
  return home
}

export function forgetLargeHome(): void {
  rmSync(largeHome(), { recursive: true, force: true })
}

function writeLongRun(home: string, id: string, steps: number, seed: number): void {
  const directory = join(home, 'runs', id)
  mkdirSync(join(directory, RUN_FILES.rollouts), { recursive: true })
  writeFileSync(join(directory, RUN_FILES.config), JSON.stringify(aConfig({ name: id, seed: seed % 5, steps })))
  const createdAt = new Date(Date.UTC(2026, 0, 1) + seed * 3_600_000).toISOString()
  writeFileSync(join(directory, RUN_FILES.notes), JSON.stringify({ createdAt }))
  writeFileSync(join(directory, RUN_FILES.log), '')
  const file = openSync(join(directory, RUN_FILES.journal), 'w')
  const start = Date.UTC(2026, 0, 1)
  let seq = 0
  const line = (entry: object): string => {
    seq++
    return `${JSON.stringify({ seq, time: new Date(start + seq * 5_000).toISOString(), ...entry })}\n`
  }
  writeSync(file, line({ type: 'run.started', nonce: 'n', fromStep: 0 }))
  for (let first = 1; first <= steps; first += PART) {
    let part = ''
    for (let step = first; step < first + PART && step <= steps; step++) part += linesOfStep(line, step, steps, seed)
    writeSync(file, part)
  }
  writeSync(file, line({ type: 'run.ended', step: steps, outcome: 'finished' }))
  closeSync(file)
}

/** Curves that rise and tremble; an evaluation every fiftieth of the run. */
function linesOfStep(line: (entry: object) => string, step: number, steps: number, seed: number): string {
  const rise = 0.3 + 0.5 * (1 - Math.exp((-4 * step) / steps))
  const metrics = Object.fromEntries(METRIC_KEYS.map((key, i) => [key, rise + 0.1 * Math.sin(step * (1.7 + i) + seed * 13 + i)]))
  const rolloutFile = `rollouts/step-${String(step).padStart(6, '0')}.jsonl`
  const finished = line({ type: 'step.finished', step, metrics, rolloutFile })
  if (step % (steps / 50) !== 0) return finished
  const evaluated = {
    'eval/pass@1': rise,
    'eval/pass@1_low': rise - 0.08,
    'eval/pass@1_high': rise + 0.08,
    'eval/task_count': 100,
  }
  return finished + line({ type: 'eval.finished', step, split: 'validation', datasetHash: 'h', metrics: evaluated })
}
