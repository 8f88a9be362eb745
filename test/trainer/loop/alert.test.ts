/** A run that pauses on alerts, over the fake engine. A kill while it waits is its folder as it lies on the disk then, taken up by another trainer. */
import { appendFileSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import type { JournalEvent } from '#contract/journal'
import { RUN_FILES } from '#contract/run-directory'
import type { RunConfig } from '#contract/run-config'
import { createEngine } from '#trainer/engines/create-engine'
import { Journal } from '#trainer/journal/journal'
import { runLoop } from '#trainer/loop'
import { RunControl } from '#trainer/loop/run-control'
import { prepareRunDirectory } from '#trainer/loop/run-files'
import { Stopwatch } from '#trainer/loop/stopwatch'
import { banditStages } from '#test/support/bandit'
import { configOf } from '#test/support/bandit-run'
import { temporaryFolder } from '#test/support/temporary-folder'
import { writeTinyFolder } from '#test/support/tiny-folder'
import { TINY_SETTINGS } from '#test/support/tiny-llama'

const STEPS = 14
const isEven = (tokens: readonly number[]): number => (tokens[0]! % 2 === 0 ? 1 : 0)

/** So fast that the policy runs away from its reference within some steps. */
function recklessConfig(onAlert: RunConfig['onAlert'], steps = STEPS): RunConfig {
  const base = configOf('grpo')
  return configOf('grpo', {
    engine: 'fake',
    steps,
    checkpointEvery: 100,
    // The same rate in a run that ends sooner.
    optimizer: { ...base.optimizer, learningRate: 0.5, schedule: 'constant' },
    evaluation: { every: 0, taskCount: 1, samples: 1 },
    onAlert,
  })
}

interface Trainer {
  readonly journal: Journal
  readonly control: RunControl
  readonly ended: Promise<unknown>
}

async function startTrainer(directory: string, config: RunConfig, modelFolder: string): Promise<Trainer> {
  mkdirSync(directory, { recursive: true })
  prepareRunDirectory(directory)
  const engine = await createEngine('fake', { ...TINY_SETTINGS, hasValueHead: false, modelFolder })
  const journal = new Journal(join(directory, RUN_FILES.journal), { now: () => new Date() })
  const control = new RunControl(join(directory, RUN_FILES.control), journal, config.reward, new Date(0))
  const stages = banditStages(config, engine, isEven)
  const ended = runLoop({
    directory,
    config,
    nonce: 'n',
    engine,
    stages,
    evaluation: {
      prompts: stages.samplePrompts(0),
      knownFamilies: new Set<string>(),
      prefix: 'eval',
      stages: { rollOut: (prompts) => stages.rollOut(prompts, 0), score: (groups) => stages.score(groups) },
      datasetHash: '',
    },
    journal,
    control,
    stopwatch: new Stopwatch(() => performance.now()),
    memory: () => ({ 'system/rss': 1 }),
    saveMemory: (failure) => Promise.reject(failure),
  })
  onTestFinished(async () => {
    control.requestStop()
    await ended.catch(() => {})
    control.close()
    journal.close()
  })
  return { journal, control, ended }
}

const warnings = (events: readonly JournalEvent[]): unknown[] =>
  events.flatMap((event) => (event.type === 'health.warned' ? [[event.step, event.code]] : []))

/** Numbers of each step as they were said last. */
function stepsOf(events: readonly JournalEvent[]): unknown {
  const steps = new Map<number, unknown>()
  for (const event of events) {
    if (event.type !== 'step.finished') continue
    steps.set(
      event.step,
      Object.entries(event.metrics).filter(([key]) => key.startsWith('train/')),
    )
  }
  return [...steps]
}

/** Where its KL passes the limit first. */
function alertStepOf({ journal }: Trainer): number {
  const event = journal.events.find((one) => one.type === 'health.warned' && one.code === 'kl-high')
  return event?.type === 'health.warned' ? event.step : 0
}

const typesAt = (events: readonly JournalEvent[], at: number): string[] =>
  events.filter((event) => 'step' in event && event.step === at).map(({ type }) => type)

async function untilPaused({ journal, control }: Trainer): Promise<void> {
  await expect.poll(() => control.isPaused && journal.events.at(-1)!.type, { timeout: 20_000 }).toBe('checkpoint.saved')
  // Time enough for another step, if it were not to wait.
  await sleep(100)
}

/** A run with alerts that pause it, as it waits, and one that only says them. */
async function both(): Promise<{ free: Trainer; held: Trainer; heldFolder: string; modelFolder: string }> {
  const [home, modelFolder] = [temporaryFolder(), writeTinyFolder(temporaryFolder())]
  const heldFolder = join(home, 'held')
  const free = await startTrainer(join(home, 'free'), recklessConfig('warn'), modelFolder)
  expect(await free.ended).toBe('finished')
  const held = await startTrainer(heldFolder, recklessConfig('pause'), modelFolder)
  await untilPaused(held)
  return { free, held, heldFolder, modelFolder }
}

test('an alert pauses the run after its step, with a checkpoint; the continue command lets it go on, and it ends as if nothing had been', async () => {
  const { free, held, heldFolder } = await both()
  const { events } = held.journal
  const step = alertStepOf(free)
  expect(events.findLast(({ type }) => type === 'run.paused')).toMatchObject({ step, alerts: ['kl-high'] })
  expect(typesAt(events, step).slice(-3)).toEqual(['health.warned', 'run.paused', 'checkpoint.saved'])
  expect(typesAt(events, step + 1)).toEqual([])
  const go = { id: 'go', time: new Date().toISOString(), command: 'continue' }
  appendFileSync(join(heldFolder, RUN_FILES.control), `${JSON.stringify(go)}\n`)
  expect(await held.ended).toBe('finished')
  expect(held.journal.events.filter(({ type }) => type === 'run.paused')).toHaveLength(1)
  expect(warnings(held.journal.events)).toEqual(warnings(free.journal.events))
  expect(stepsOf(held.journal.events)).toEqual(stepsOf(free.journal.events))
})

test('killed while it waits and resumed, it goes on and does not pause for the same alert', async () => {
  const { free, heldFolder, modelFolder } = await both()
  const killed = temporaryFolder()
  cpSync(heldFolder, killed, { recursive: true })
  const resumed = await startTrainer(killed, recklessConfig('pause'), modelFolder)
  expect(await resumed.ended).toBe('finished')
  const { events } = resumed.journal
  expect(events.filter(({ type }) => type === 'run.paused' || type === 'rewound').map(({ type }) => type)).toEqual(['run.paused'])
  expect(warnings(events)).toEqual(warnings(free.journal.events))
  expect(stepsOf(events)).toEqual(stepsOf(free.journal.events))
})

test('killed before its checkpoint was there, it makes the step again and pauses there again', async () => {
  const { free, heldFolder, modelFolder } = await both()
  const killed = temporaryFolder()
  cpSync(join(heldFolder, RUN_FILES.rollouts), join(killed, RUN_FILES.rollouts), { recursive: true })
  const lines = readFileSync(join(heldFolder, RUN_FILES.journal), 'utf8').split('\n')
  const paused = lines.findIndex((line) => line.includes('run.paused'))
  writeFileSync(
    join(killed, RUN_FILES.journal),
    lines
      .slice(0, paused)
      .map((line) => `${line}\n`)
      .join(''),
  )
  const resumed = await startTrainer(killed, recklessConfig('pause'), modelFolder)
  await untilPaused(resumed)
  expect(typesAt(resumed.journal.events.slice(paused), alertStepOf(free))).toContain('run.paused')
})

test('a run that waits can be stopped', async () => {
  const { held } = await both()
  held.control.requestStop()
  expect(await held.ended).toBe('stopped')
})

test('after the last step nothing is held back', async () => {
  const { free, modelFolder } = await both()
  const step = alertStepOf(free)
  const run = await startTrainer(temporaryFolder(), recklessConfig('pause', step), modelFolder)
  expect(await run.ended).toBe('finished')
  expect(warnings(run.journal.events)).toContainEqual([step, 'kl-high'])
  expect(run.journal.events.some(({ type }) => type === 'run.paused')).toBe(false)
})
