/** A trainer that is killed at any moment and started again: the run ends as if nothing had been. Every process is a real one. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { RunConfig } from '#contract/run-config'
import { EXIT_CODES, RUN_FILES } from '#contract/run-directory'
import { createRandom } from '#trainer/math/random'
import { aConfig, aPpoConfig } from '#test/support/run-builders'
import { temporaryFolder } from '#test/support/temporary-folder'
import { journalOf, startTrainer, writeFewTasks, writeRunDirectory, writeTinyModel } from '#test/support/tiny-trainer'

const KILLS = 5
const STEPS = 14
const PATIENCE_MS = 60_000

const grpo = aConfig()
const ppo = aPpoConfig()
const small = ({ evaluation, sampling, ...base }: RunConfig, home: string): RunConfig => ({
  ...base,
  engine: 'onnx',
  model: join(home, 'model'),
  dataset: { id: join(home, 'tasks.jsonl'), hash: '' },
  steps: STEPS,
  promptsPerStep: 2,
  groupSize: 2,
  minibatchSize: 2,
  microbatchSize: 1,
  checkpointEvery: 2,
  evaluation: { ...evaluation, every: 3, taskCount: 1, samples: 1 },
  sampling: { ...sampling, maxCompletionTokens: 16 },
})

const CASES: readonly { readonly name: string; readonly seed: number; readonly config: (home: string) => RunConfig }[] = [
  {
    name: 'GRPO with supervised steps and dropout',
    seed: 5,
    config: (home) => ({
      ...small(grpo, home),
      supervised: { steps: 3, learningRate: 0.001 },
      lora: { rank: 4, alpha: 8, dropout: 0.1 },
      // Long enough for an answer to learn from.
      sampling: { ...grpo.sampling, maxCompletionTokens: 320 },
    }),
  },
  {
    name: 'PPO with an adaptive KL coefficient and centred returns, whose old checkpoints go',
    seed: 6,
    config: (home) => ({
      ...small(ppo, home),
      checkpoints: { keepLast: 1, keepBest: true },
      algorithm: {
        ...ppo.algorithm,
        klCoef: 0.05,
        targetKl: 0.001,
        klHorizon: 40,
        centreReturns: true,
      } as RunConfig['algorithm'],
    }),
  },
]

interface Moment {
  /** Steps that are made before it, counted from the start of the process. */
  readonly steps: number
  readonly delayMs: number
}

/** Lengths of the undisturbed run, in ms: of its start up to the first step, and of a step. */
interface Pace {
  readonly startMs: number
  readonly stepMs: number
}

/** Anywhere in a start, in a step and in what comes after it. */
function moments(seed: number, { startMs, stepMs }: Pace): Moment[] {
  const random = createRandom(seed)
  return Array.from({ length: KILLS }, () => {
    const steps = Math.floor(random.next() * 3)
    return { steps, delayMs: Math.round(random.next() * (steps === 0 ? startMs : 1.5 * stepMs)) }
  })
}

async function runToEnd(directory: string): Promise<Pace> {
  const begun = Date.now()
  expect(await startTrainer(directory).ended).toEqual([EXIT_CODES.finished, null])
  const steps = journalOf(directory).filter((event) => event.type === 'step.finished')
  const lengths = steps.map(({ metrics }) => metrics['timing_s/step']! * 1000).sort((a, b) => a - b)
  return { startMs: Date.parse(steps[0]!.time) - begun, stepMs: lengths[Math.floor(lengths.length / 2)]! }
}

async function runUntil(directory: string, { steps, delayMs }: Moment): Promise<void> {
  const before = journalOf(directory).length
  const { process: trainer, ended } = startTrainer(directory)
  const deadline = performance.now() + PATIENCE_MS
  const made = (): number =>
    journalOf(directory)
      .slice(before)
      .filter(({ type }) => type === 'step.finished').length
  while (made() < steps && performance.now() < deadline) await sleep(3)
  const moment = performance.now() + delayMs
  // On a machine that has become faster since its pace was taken, the run must not get to its end before.
  while (made() <= steps + 1 && performance.now() < moment) await sleep(1)
  trainer.kill('SIGKILL')
  expect(await ended, 'the trainer ended before its moment').toEqual([null, 'SIGKILL'])
}

/** Numbers of each step and evaluation as they were said last; where time went and how full the machine was is no part of the run. */
function numbersOf(directory: string): unknown {
  const metrics = new Map<string, unknown>()
  for (const event of journalOf(directory)) {
    if (event.type !== 'step.finished' && event.type !== 'eval.finished') continue
    const kept = Object.entries(event.metrics).filter(([key]) => !/^(timing_s|perf|system)\//.test(key))
    metrics.set(`${event.type} ${event.step}`, Object.fromEntries(kept))
  }
  return Object.fromEntries([...metrics].sort())
}

function filesOf(folder: string): Record<string, Buffer> {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return Object.fromEntries(
    names
      .map(({ parentPath, name }) => [join(parentPath, name).slice(folder.length), join(parentPath, name)])
      .sort()
      .map(([name, path]) => [name, readFileSync(path!)]),
  )
}

function expectSameFiles(folder: string, other: string): void {
  const [files, others] = [filesOf(folder), filesOf(other)]
  expect(Object.keys(files)).toEqual(Object.keys(others))
  expect(Object.keys(files).filter((name) => !files[name]!.equals(others[name]!))).toEqual([])
}

test.each(CASES)(
  `a run that is killed at ${KILLS} random moments is the undisturbed one, bit for bit: $name`,
  { timeout: 300_000 },
  async ({ name, seed, config }) => {
    const home = temporaryFolder()
    writeTinyModel(join(home, 'model'))
    writeFewTasks(join(home, 'tasks.jsonl'), { train: 2, validation: 1 })
    const settings = config(home)
    const [whole, killed] = ['whole', 'killed'].map((run) => writeRunDirectory(join(home, run), settings)) as [string, string]
    const chosen = moments(seed, await runToEnd(whole))
    console.info(`${name}: killed after (steps + ms) ${chosen.map((at) => `${at.steps} + ${at.delayMs}`).join(', ')}`)
    for (const moment of chosen) await runUntil(killed, moment)
    await runToEnd(killed)

    expect(journalOf(killed).map(({ seq }) => seq)).toEqual(journalOf(killed).map((_, i) => i + 1))
    expect(numbersOf(killed)).toEqual(numbersOf(whole))
    expectSameFiles(join(killed, RUN_FILES.rollouts), join(whole, RUN_FILES.rollouts))
    const last = join(RUN_FILES.checkpoints, `step-${String(STEPS).padStart(6, '0')}`)
    expectSameFiles(join(killed, last), join(whole, last))
  },
)
