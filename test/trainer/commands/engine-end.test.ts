/** What a run says when its engine's process goes, in a real trainer. */
import type { ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { EXIT_CODES } from '#contract/run-directory'
import { aConfig } from '#test/support/run-builders'
import { temporaryFolder } from '#test/support/temporary-folder'
import { journalOf, startTrainer, writeFewTasks, writeRunDirectory, writeTinyModel } from '#test/support/tiny-trainer'
import { childrenOf } from '#test/support/traces'

interface Run {
  readonly directory: string
  readonly trainer: ChildProcess
  readonly ended: Promise<unknown[]>
}

function startRun(): Run {
  const home = temporaryFolder()
  const tasks = writeFewTasks(join(home, 'tasks.jsonl'))
  const base = aConfig()
  const config = aConfig({
    engine: 'onnx',
    model: writeTinyModel(join(home, 'model')),
    dataset: { id: tasks, hash: '' },
    steps: 1000,
    promptsPerStep: 2,
    groupSize: 2,
    minibatchSize: 4,
    checkpointEvery: 0,
    evaluation: { ...base.evaluation, every: 0, taskCount: 1, samples: 1 },
    sampling: { ...base.sampling, maxCompletionTokens: 24 },
  })
  const directory = writeRunDirectory(join(home, 'run'), config)
  const { process: trainer, ended } = startTrainer(directory)
  return { directory, trainer, ended }
}

async function engineOf({ trainer }: Run): Promise<number> {
  const find = (): number[] => childrenOf(trainer.pid!, 'engine-worker')
  await vi.waitFor(() => expect(find()).toHaveLength(1), { timeout: 60_000, interval: 10 })
  return find()[0]!
}

const firstStep = (run: Run): Promise<void> =>
  vi.waitFor(() => expect(journalOf(run.directory).some(({ type }) => type === 'step.finished')).toBe(true), { timeout: 90_000 })

// Processes are found in /proc.
const isLinux = process.platform === 'linux'

describe.skipIf(!isLinux)(isLinux ? 'a run' : 'a run whose engine goes (skipped: no /proc here)', () => {
  test('whose engine crashes fails with the signal and the place, and counts the engine’s memory before', async () => {
    const run = startRun()
    await firstStep(run)
    process.kill(await engineOf(run), 'SIGSEGV')
    expect(await run.ended).toEqual([EXIT_CODES.failed, null])
    const events = journalOf(run.directory)
    expect(events.at(-1)).toMatchObject({
      type: 'run.ended',
      outcome: 'failed',
      reason: expect.stringMatching(/^The engine crashed \(SIGSEGV\) in \w/),
    })
    expect(events.at(-1)).toMatchObject({ remedy: expect.stringContaining('Resume the run') })
    const step = events.find((event) => event.type === 'step.finished')!
    // A trainer alone has about 150 MB, an engine alone as much.
    expect(step.metrics['system/rss']).toBeGreaterThan(200e6)
  })

  test('whose engine is killed goes on with half the microbatch; the second time it ends out of memory, with the estimate', async () => {
    const run = startRun()
    await firstStep(run)
    const engine = await engineOf(run)
    process.kill(engine, 'SIGKILL')
    const halved = await vi.waitFor(
      () => {
        const events = journalOf(run.directory)
        const at = events.findIndex(({ type }) => type === 'microbatch.halved')
        expect(events.slice(at).some(({ type }) => type === 'step.finished')).toBe(true)
        expect(at).toBeGreaterThan(0)
        return events[at]
      },
      { timeout: 60_000, interval: 20 },
    )
    expect(halved).toMatchObject({
      toStep: 0,
      from: 4,
      to: 2,
      evidence: expect.stringContaining('the system killed its process'),
    })
    const second = await engineOf(run)
    expect(second).not.toBe(engine)
    process.kill(second, 'SIGKILL')
    expect(await run.ended).toEqual([EXIT_CODES.outOfMemory, null])
    expect(journalOf(run.directory).at(-1)).toMatchObject({
      outcome: 'out-of-memory',
      reason: expect.stringMatching(/with microbatches of 2\. It needs about \d+\.\d GB, most of it .* GB to give\.$/),
      remedy: expect.stringContaining('microbatchSize'),
    })
  })

  test('that is stopped while its model loads ends as stopped, at once', async () => {
    const run = startRun()
    const engine = await engineOf(run)
    // So that loading does not end meanwhile.
    process.kill(engine, 'SIGSTOP')
    run.trainer.kill('SIGTERM')
    expect(await run.ended).toEqual([EXIT_CODES.stopped, null])
    expect(journalOf(run.directory)).toMatchObject([{ type: 'run.ended', step: 0, outcome: 'stopped' }])
    expect(childrenOf(process.pid, 'engine-worker')).toEqual([])
    expect(() => process.kill(engine, 0)).toThrow('ESRCH')
  })
})
