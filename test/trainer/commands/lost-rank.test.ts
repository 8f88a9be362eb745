/** A run on several processes of PyTorch, one of which is killed: a real trainer under torchrun. */
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import type { JournalEvent } from '#contract/journal'
import { EXIT_CODES } from '#contract/run-directory'
import { aConfig } from '#test/support/run-builders'
import { temporaryFolder } from '#test/support/temporary-folder'
import { journalOf, startTrainer, writeFewTasks, writeRunDirectory, writeTinyModel } from '#test/support/tiny-trainer'
import { MISSING_TORCH, unlessSkipped } from '#test/support/torch-engine'
import { childrenOf } from '#test/support/traces'

const STEPS = 8
const TIMEOUT = { timeout: 120_000, interval: 10 }

interface Run {
  readonly directory: string
  readonly trainer: number
  readonly ended: Promise<unknown[]>
}

function startRun(processes: number): Run {
  const home = temporaryFolder()
  const base = aConfig()
  const config = aConfig({
    engine: 'torch',
    torch: { ...base.torch, device: 'cpu', processes },
    model: writeTinyModel(join(home, 'model')),
    dataset: { id: writeFewTasks(join(home, 'tasks.jsonl')), hash: '' },
    steps: STEPS,
    // What a model of this size writes earns nothing: it learns from references, else nothing would be lost with a process.
    supervised: { steps: STEPS - 1, learningRate: 0.02 },
    lora: null,
    promptsPerStep: 2,
    groupSize: 4,
    minibatchSize: 8,
    checkpointEvery: 2,
    evaluation: { ...base.evaluation, every: 0, taskCount: 1, samples: 1 },
    // As long as the references.
    sampling: { ...base.sampling, maxCompletionTokens: 256 },
  })
  const directory = writeRunDirectory(join(home, 'run'), config)
  const { process: trainer, ended } = startTrainer(directory)
  return { directory, trainer: trainer.pid!, ended }
}

type Step = Extract<JournalEvent, { type: 'step.finished' }>

/** What stands at each step after all: a step that was made again stands as it was made last. */
function stepsOf({ directory }: Run): Map<number, Step['metrics']> {
  return new Map(journalOf(directory).flatMap((event) => (event.type === 'step.finished' ? [[event.step, event.metrics]] : [])))
}

const ranksOf = (torchrun: number): number[] => childrenOf(torchrun, 'veritune_engine')

async function torchrunOf({ trainer }: Run): Promise<number> {
  const find = (): number[] => childrenOf(trainer, 'torch.distributed.run')
  await vi.waitFor(() => expect(find()).toHaveLength(1), TIMEOUT)
  return find()[0]!
}

// Processes are found in /proc.
const isSkipped = MISSING_TORCH !== '' || process.platform !== 'linux'
const title = 'a run on two processes'

describe.skipIf(isSkipped)(process.platform === 'linux' ? unlessSkipped(title) : `${title} (skipped: no /proc here)`, () => {
  test('one of which is killed goes on from its newest checkpoint; no step is missing or doubled, and each is as it would have been', async () => {
    const run = startRun(2)
    const torchrun = await torchrunOf(run)
    await vi.waitFor(() => expect(stepsOf(run).has(5)).toBe(true), TIMEOUT)
    const ranks = ranksOf(torchrun)
    expect(ranks).toHaveLength(2)
    process.kill(ranks[1]!, 'SIGKILL')
    expect(await run.ended).toEqual([EXIT_CODES.finished, null])

    const events = journalOf(run.directory)
    const restarts = events.filter(({ type }) => type === 'engine.restarted')
    expect(restarts).toMatchObject([{ evidence: expect.stringMatching(/^A process of the engine was lost in \w+/) }])
    const rewound = events.filter((event) => event.type === 'rewound')
    expect(rewound).toHaveLength(1)
    // The newest checkpoint of then: of step 4, or of 6 where the kill came late.
    expect([4, 6]).toContain(rewound[0]!.toStep)
    expect(restarts).toMatchObject([{ toStep: rewound[0]!.toStep }])
    const at = events.indexOf(rewound[0]!)
    const kept = [
      ...events.slice(0, at).filter((event) => event.type === 'step.finished' && event.step <= rewound[0]!.toStep),
      ...events.slice(at).filter(({ type }) => type === 'step.finished'),
    ]
    expect(kept).toMatchObject(Array.from({ length: STEPS }, (_, i) => ({ step: i + 1 })))
    expect(childrenOf(torchrun)).toEqual([])

    const whole = startRun(2)
    expect(await whole.ended).toEqual([EXIT_CODES.finished, null])
    const [found, wanted] = [stepsOf(run), stepsOf(whole)]
    expect(journalOf(whole.directory).some(({ type }) => type === 'rewound')).toBe(false)
    expect(wanted.get(STEPS - 1)!['train/supervised_loss']!).toBeLessThan(0.9 * wanted.get(1)!['train/supervised_loss']!)
    for (const [step, metrics] of wanted) {
      const keys = Object.keys(metrics).filter((key) => key.startsWith('train/'))
      for (const key of keys) expect(found.get(step)![key], `${key} of step ${step}`).toBeCloseTo(metrics[key]!, 5)
    }
  }, 240_000)

  test('ends with its trainer, which is killed', async () => {
    const run = startRun(2)
    const torchrun = await torchrunOf(run)
    await vi.waitFor(() => expect(stepsOf(run).has(1)).toBe(true), TIMEOUT)
    const ranks = ranksOf(torchrun)
    process.kill(run.trainer, 'SIGKILL')
    await run.ended
    for (const pid of [torchrun, ...ranks]) await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow('ESRCH'), TIMEOUT)
  }, 240_000)
})
