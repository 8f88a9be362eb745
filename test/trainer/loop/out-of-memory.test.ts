/** What the loop does when memory runs out, over the fake engine: how often it does is known to the call. */
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { Failure } from '#contract/failure'
import type { JournalEvent } from '#contract/journal'
import { RUN_FILES } from '#contract/run-directory'
import { currentConfig, goOnWithLess } from '#trainer/commands/less-memory'
import { ReopenableEngine } from '#trainer/commands/reopenable-engine'
import { createEngine } from '#trainer/engines/create-engine'
import type { Engine } from '#trainer/engines/engine'
import { Journal } from '#trainer/journal/journal'
import { runLoop, type Run } from '#trainer/loop'
import { RunControl } from '#trainer/loop/run-control'
import { prepareRunDirectory } from '#trainer/loop/run-files'
import { Stopwatch } from '#trainer/loop/stopwatch'
import type { EvaluationStages } from '#trainer/recipes/evaluate'
import { banditStages } from '#test/support/bandit'
import { configOf } from '#test/support/bandit-run'
import { temporaryFolder } from '#test/support/temporary-folder'
import { TINY_SETTINGS } from '#test/support/tiny-llama'
import { writeTinyFolder } from '#test/support/tiny-folder'

const isEven = (tokens: readonly number[]): number => (tokens[0]! % 2 === 0 ? 1 : 0)

/** The call of an engine, counted from 1 over all engines of a run, in which memory runs out. */
interface Shortage {
  readonly call: 'update' | 'generate'
  readonly counts: readonly number[]
  /** The engine does not answer any more. */
  readonly isGone: boolean
}

interface Outcome {
  readonly directory: string
  readonly events: readonly JournalEvent[]
  readonly microbatches: readonly number[]
  readonly error: unknown
}

const base = configOf('grpo')
const CONFIG = configOf('grpo', {
  engine: 'fake',
  steps: 5,
  checkpointEvery: 2,
  minibatchSize: 16,
  microbatchSize: 8,
  optimizer: { ...base.optimizer, learningRate: 0.02 },
  evaluation: { every: 0, taskCount: 1, samples: 1 },
})

async function runWith({ call, counts, isGone }: Shortage, probeMemory?: Run['probeMemory']): Promise<Outcome> {
  const directory = join(temporaryFolder(), 'run')
  mkdirSync(directory)
  prepareRunDirectory(directory)
  const modelFolder = writeTinyFolder(temporaryFolder())
  const microbatches: number[] = []
  let count = 0
  const open = async (microbatchSize: number): Promise<Engine> => {
    microbatches.push(microbatchSize)
    const engine = await createEngine('fake', { ...TINY_SETTINGS, hasValueHead: false, modelFolder, microbatchSize })
    const exhausted = new Failure('memory.exhausted', { where: call })
    let isDead = false
    return new Proxy(engine, {
      get: (target, name) => {
        const value = Reflect.get(target, name) as unknown
        if (typeof value !== 'function') return value
        return (...args: unknown[]) => {
          if (isDead && name !== 'close') return Promise.reject(exhausted)
          if (name === call && counts.includes(++count)) {
            isDead = isGone
            return Promise.reject(exhausted)
          }
          return (value as (...args: unknown[]) => unknown).apply(target, args)
        }
      },
    })
  }
  const engine = await ReopenableEngine.open(open, CONFIG.microbatchSize)
  const journal = new Journal(join(directory, RUN_FILES.journal), { now: () => new Date() })
  const control = new RunControl(join(directory, RUN_FILES.control), journal, CONFIG.reward, new Date())
  onTestFinished(() => (control.close(), journal.close()))
  const stages = banditStages(CONFIG, engine, isEven)
  const error = await runLoop({
    directory,
    config: CONFIG,
    nonce: 'n',
    engine,
    stages,
    evaluation: await evaluationOf(modelFolder),
    journal,
    control,
    stopwatch: new Stopwatch(() => performance.now()),
    memory: () => ({ 'system/rss': 1 }),
    ...(probeMemory !== undefined && { probeMemory }),
    saveMemory: (failure) =>
      goOnWithLess({ directory, config: CONFIG, journal, engine, step: control.step, report: () => null }, failure),
  }).then(
    () => null,
    (reason: unknown) => reason,
  )
  return { directory, events: journal.events, microbatches, error }
}

/** Over an engine of its own, so that its calls are not among those that are counted. */
async function evaluationOf(modelFolder: string): Promise<Run['evaluation']> {
  const stages = banditStages(CONFIG, await createEngine('fake', { ...TINY_SETTINGS, modelFolder }), isEven)
  const rollOut: EvaluationStages['rollOut'] = (prompts) => stages.rollOut(prompts, 0)
  const plan = { prompts: stages.samplePrompts(0), knownFamilies: new Set<string>(), prefix: 'eval' }
  return { ...plan, stages: { rollOut, score: (groups) => stages.score(groups) }, datasetHash: '' }
}

const never = { call: 'update', counts: [], isGone: false } as const

/** What stands at each step after all. */
function stepsOf({ events }: Outcome): unknown {
  const steps = new Map<number, unknown>()
  for (const event of events) {
    if (event.type !== 'step.finished') continue
    steps.set(
      event.step,
      Object.entries(event.metrics).filter(([key]) => key.startsWith('train/')),
    )
  }
  return [...steps].sort(([a], [b]) => a - b)
}

const engineState = ({ directory }: Outcome): string =>
  readFileSync(join(directory, 'checkpoints/step-000005/bigram.f64'), 'base64')

const halvedOf = ({ events }: Outcome): JournalEvent[] => events.filter(({ type }) => type === 'microbatch.halved')

describe('out of memory', () => {
  test('once, the run goes on with half the microbatch after its newest checkpoint, and ends as the undisturbed one', async () => {
    const whole = await runWith(never)
    expect(whole.error).toBeNull()
    // Two updates a step: the eighth belongs to step 4.
    const run = await runWith({ call: 'update', counts: [8], isGone: false })
    expect(run.error).toBeNull()
    expect(run.microbatches).toEqual([8, 4])
    expect(halvedOf(run)).toMatchObject([
      { step: 4, toStep: 2, from: 8, to: 4, evidence: expect.stringContaining('seventh digit') },
    ])
    expect(run.events).toContainEqual(expect.objectContaining({ type: 'rewound', toStep: 2 }))
    // The fake engine has no microbatches: what is left is what the loop does.
    expect(stepsOf(run)).toEqual(stepsOf(whole))
    expect(engineState(run)).toBe(engineState(whole))
  })

  test('before the step has learned anything, an engine that still answers loses no step', async () => {
    const run = await runWith({ call: 'generate', counts: [4], isGone: false })
    expect(run.error).toBeNull()
    expect(halvedOf(run)).toMatchObject([{ step: 4, toStep: 3 }])
    expect(run.events.filter(({ type }) => type === 'rewound')).toEqual([])
    expect(stepsOf(run)).toEqual(stepsOf(await runWith(never)))
  })

  test('an engine that is gone is opened again, from the beginning where there is no checkpoint yet', async () => {
    const run = await runWith({ call: 'generate', counts: [2], isGone: true })
    expect(run.error).toBeNull()
    expect(halvedOf(run)).toMatchObject([{ step: 2, toStep: 0 }])
    expect(stepsOf(run)).toEqual(stepsOf(await runWith(never)))
  })

  test('in the probe before the first step, the run begins with half the microbatch', async () => {
    let probes = 0
    const run = await runWith(never, async () => {
      if (++probes === 1) throw new Failure('memory.exhausted', { where: 'probe' })
    })
    expect(run.error).toBeNull()
    expect(run.microbatches).toEqual([8, 4])
    expect(halvedOf(run)).toMatchObject([{ step: 0, toStep: 0, evidence: expect.stringContaining('in probe') }])
    expect(probes).toBe(2)
    expect(run.events.map(({ type }) => type).slice(0, 2)).toEqual(['run.started', 'microbatch.halved'])
    expect(run.events.filter(({ type }) => type === 'run.resumed' || type === 'rewound')).toEqual([])
    expect(stepsOf(run)).toEqual(stepsOf(await runWith(never)))
  })

  test('in the probe again and again, it is halved until it fits, and once more in a step', async () => {
    let probes = 0
    const run = await runWith({ call: 'update', counts: [4], isGone: false }, async () => {
      if (++probes <= 2) throw new Failure('memory.exhausted', { where: 'probe (process 1)' })
    })
    expect(run.error).toBeNull()
    expect(run.microbatches).toEqual([8, 4, 2, 1])
    expect(halvedOf(run)).toMatchObject([{ isInProbe: true }, { isInProbe: true }, { from: 2, to: 1 }])
    expect(halvedOf(run)[2]).not.toHaveProperty('isInProbe')
    expect(stepsOf(run)).toEqual(stepsOf(await runWith(never)))
  })

  test('in the probe with one rollout at a time, the run ends before its first step', async () => {
    const run = await runWith(never, () => Promise.reject(new Failure('memory.exhausted', { where: 'probe' })))
    expect(run.microbatches).toEqual([8, 4, 2, 1])
    expect(run.error).toMatchObject({ code: 'memory.exhausted-again', exitCode: 4 })
    expect((run.error as Failure).message).toMatch(/^The engine ran out of memory in probe, with microbatches of 1\./)
  })

  test('twice, the run ends and names the place and the microbatch', async () => {
    const run = await runWith({ call: 'update', counts: [4, 7], isGone: false })
    expect(run.error).toMatchObject({ code: 'memory.exhausted-again', exitCode: 4 })
    expect((run.error as Failure).message).toMatch(/^The engine ran out of memory in update, with microbatches of 4\./)
    expect(run.microbatches).toEqual([8, 4])
  })

  test('a run that was halved stays halved when it is resumed', async () => {
    const { events } = await runWith({ call: 'update', counts: [8], isGone: false })
    expect(currentConfig(CONFIG, events).microbatchSize).toBe(4)
    expect(currentConfig({ ...CONFIG, microbatchSize: 2 }, events).microbatchSize).toBe(2)
  })
})
