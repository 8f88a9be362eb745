/** What a run says when its engine's process goes, in a real trainer. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { journalEventSchema, type JournalEvent } from '#contract/journal'
import { EXIT_CODES, RUN_FILES } from '#contract/run-directory'
import { aConfig, REPOSITORY } from '#test/support/run-builders'
import { temporaryFolder } from '#test/support/temporary-folder'
import { TINY_CONFIG } from '#test/support/tiny-llama'
import { childrenOf } from '#test/support/traces'
import { modelConfigJson } from '#trainer/engines/onnx/model/config'
import { initialWeights } from '#trainer/engines/onnx/model/weights'
import { writeTensors } from '#trainer/engines/onnx/safetensors-writer'
import { writeFakeModel } from '../../cli/fake-model.ts'

interface Run {
  readonly directory: string
  readonly trainer: ChildProcess
  readonly ended: Promise<unknown[]>
}

/** A small Llama with a tokenizer of its size. */
function writeModel(folder: string): string {
  writeFakeModel(folder)
  const { vocab_size: vocabularySize } = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')) as { vocab_size: number }
  const config = { ...TINY_CONFIG, vocabularySize, maxPositions: 512 }
  writeFileSync(join(folder, 'config.json'), JSON.stringify(modelConfigJson(config, { bos: 1, eos: 2, pad: 0 })))
  writeTensors(join(folder, 'model.safetensors'), initialWeights(config, 1))
  return folder
}

function startRun(): Run {
  const home = temporaryFolder()
  const directory = join(home, 'run')
  mkdirSync(directory)
  const base = aConfig()
  const config = aConfig({
    engine: 'onnx',
    model: writeModel(join(home, 'model')),
    steps: 1000,
    promptsPerStep: 2,
    groupSize: 2,
    minibatchSize: 4,
    checkpointEvery: 0,
    evaluation: { ...base.evaluation, every: 0, taskCount: 1, samples: 1 },
    sampling: { ...base.sampling, maxCompletionTokens: 24 },
  })
  writeFileSync(join(directory, RUN_FILES.config), JSON.stringify(config))
  const trainer = spawn(process.execPath, [join(REPOSITORY, 'src-main/trainer/main.ts'), 'train', directory], {
    env: { ...process.env, VERITUNE_RESOURCES: join(REPOSITORY, 'resources') },
    stdio: 'ignore',
  })
  onTestFinished(() => void trainer.kill('SIGKILL'))
  return { directory, trainer, ended: once(trainer, 'exit') }
}

function journalOf({ directory }: Run): JournalEvent[] {
  const lines = readFileSync(join(directory, RUN_FILES.journal), 'utf8').split('\n').slice(0, -1)
  return lines.map((line) => journalEventSchema.parse(JSON.parse(line)))
}

async function engineOf({ trainer }: Run): Promise<number> {
  const find = (): number[] => childrenOf(trainer.pid!, 'engine-worker')
  await vi.waitFor(() => expect(find()).toHaveLength(1), { timeout: 60_000, interval: 10 })
  return find()[0]!
}

const firstStep = (run: Run): Promise<void> =>
  vi.waitFor(() => expect(journalOf(run).some(({ type }) => type === 'step.finished')).toBe(true), { timeout: 90_000 })

// Processes are found in /proc.
const isLinux = process.platform === 'linux'

describe.skipIf(!isLinux)(isLinux ? 'a run' : 'a run whose engine goes (skipped: no /proc here)', () => {
  test('whose engine crashes fails with the signal and the place, and counts the engine’s memory before', async () => {
    const run = startRun()
    await firstStep(run)
    process.kill(await engineOf(run), 'SIGSEGV')
    expect(await run.ended).toEqual([EXIT_CODES.failed, null])
    const events = journalOf(run)
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

  test('whose engine is killed ends out of memory', async () => {
    const run = startRun()
    await firstStep(run)
    process.kill(await engineOf(run), 'SIGKILL')
    expect(await run.ended).toEqual([EXIT_CODES.outOfMemory, null])
    expect(journalOf(run).at(-1)).toMatchObject({ outcome: 'out-of-memory' })
  })

  test('that is stopped while its model loads ends as stopped, at once', async () => {
    const run = startRun()
    const engine = await engineOf(run)
    // So that loading does not end meanwhile.
    process.kill(engine, 'SIGSTOP')
    run.trainer.kill('SIGTERM')
    expect(await run.ended).toEqual([EXIT_CODES.stopped, null])
    expect(journalOf(run)).toMatchObject([{ type: 'run.ended', step: 0, outcome: 'stopped' }])
    expect(childrenOf(process.pid, 'engine-worker')).toEqual([])
    expect(() => process.kill(engine, 0)).toThrow('ESRCH')
  })
})
