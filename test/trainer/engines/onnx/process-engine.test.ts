import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { Failure } from '#contract/failure'
import { REPOSITORY } from '#test/support/run-builders'
import { temporaryFolder } from '#test/support/temporary-folder'
import { TINY_SETTINGS } from '#test/support/tiny-llama'
import { writeTinyFolder } from '#test/support/tiny-folder'
import { childrenOf } from '#test/support/traces'
import type { Engine, EngineSettings, GenerateEvent, GenerateRequest, Sampling } from '#trainer/engines/engine'
import { createProcessEngine } from '#trainer/engines/onnx/process-engine'
import type { Objective, TrainingSequence } from '#trainer/flow'

const NEVER = new AbortController().signal
/** No end token: every completion has all its tokens. */
const SAMPLING: Sampling = { temperature: 1, topP: 1, topK: 0, maxCompletionTokens: 100, endTokens: [] }
const SUPERVISED: Objective = { kind: 'supervised', learningRate: 1e-4, valueLearningRate: 0 }

async function open(changes: Partial<EngineSettings> = {}): Promise<Engine> {
  const modelFolder = writeTinyFolder(temporaryFolder())
  const engine = await createProcessEngine({ ...TINY_SETTINGS, hasValueHead: false, modelFolder, ...changes })
  onTestFinished(() => engine.close())
  return engine
}

const requests = (count: number): GenerateRequest[] =>
  Array.from({ length: count }, (_, i) => ({ prompt: [1 + (i % 20), 2, 3], seeds: [i] }))

function sequences(count: number): TrainingSequence[] {
  const tokens = Array.from({ length: 60 }, (_, i) => 1 + (i % 20))
  const zeros = new Float32Array(60)
  const rest = { oldLogprobs: zeros, refLogprobs: null, advantages: zeros, returns: null, oldValues: null, weight: 1 }
  return Array.from({ length: count }, () => ({ promptTokens: [1, 2], completionTokens: tokens, ...rest }))
}

/** The failure of a generation in the middle of which the engine's process gets a signal. */
async function failureAfter(signal: NodeJS.Signals): Promise<{ engine: Engine; failure: Failure }> {
  const engine = await open()
  // Two turns of 256 rows: when the first completion comes, the second turn is still to be decoded.
  const onEvent = vi
    .fn<(event: GenerateEvent) => void>()
    .mockImplementationOnce(() => void process.kill(engine.process!.id, signal))
  const error: unknown = await engine.generate(requests(512), SAMPLING, 'current', onEvent, NEVER).then(
    () => null,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(Failure)
  return { engine, failure: error as Failure }
}

describe('the engine’s process', () => {
  test.each(['SIGSEGV', 'SIGABRT'] as const)('that crashes with %s names the graph that it was in', async (signal) => {
    const { failure } = await failureAfter(signal)
    expect(failure.code).toBe('engine.crashed')
    expect(failure.message).toMatch(new RegExp(`^The engine crashed \\(${signal}\\) in (compiling )?(decode|prefill) .*\\d`))
  })

  test('that was killed by somebody else ran out of memory, as far as can be known', async () => {
    const { failure } = await failureAfter('SIGKILL')
    expect(failure.code).toBe('memory.exhausted')
    expect(failure.message).toMatch(/ran out of memory in .*(decode|prefill) .* \(the system killed its process\)/)
  })

  test('answers every call after its crash with that crash, at once', async () => {
    const { engine, failure } = await failureAfter('SIGSEGV')
    await expect(engine.logprobs([{ promptTokens: [1], completionTokens: [2] }], 'current', 1)).rejects.toBe(failure)
    await expect(engine.save(temporaryFolder())).rejects.toBe(failure)
  })

  test('that dies between two calls fails the next one', async () => {
    const engine = await open()
    process.kill(engine.process!.id, 'SIGSEGV')
    await expect(engine.update({ sequences: sequences(1) }, SUPERVISED, NEVER)).rejects.toThrow(
      'The engine crashed (SIGSEGV) in the pause between two calls.',
    )
  })

  test('says how much memory it holds', async () => {
    const engine = await open()
    expect(engine.process!.residentBytes).toBeGreaterThan(30e6)
    await engine.close()
    expect(engine.process!.residentBytes).toBe(0)
  })

  test('takes part in no Ctrl-C of the terminal', async () => {
    const engine = await open()
    process.kill(engine.process!.id, 'SIGINT')
    await expect(engine.update({ sequences: sequences(1) }, SUPERVISED, NEVER)).resolves.toMatchObject({ tokenCount: 60 })
  })
})

describe('a stop', () => {
  test('ends an update before its next microbatch', async () => {
    const engine = await open({ microbatchSize: 1 })
    await engine.update({ sequences: sequences(1) }, SUPERVISED, NEVER)
    const stop = new AbortController()
    // Seconds of work, in pieces of milliseconds.
    const stopped = engine.update({ sequences: sequences(5_000) }, SUPERVISED, stop.signal)
    await new Promise((resolve) => setTimeout(resolve, 300))
    const abortedAt = performance.now()
    stop.abort()
    const { tokenCount } = await stopped
    expect(performance.now() - abortedAt).toBeLessThan(1_000)
    expect(tokenCount).toBeGreaterThan(0)
    expect(tokenCount).toBeLessThan(5_000 * 60)
  })

  test('ends a generation before its next token; what was reported stays', async () => {
    const engine = await open()
    const stop = new AbortController()
    const events: GenerateEvent[] = []
    const onEvent = (event: GenerateEvent): void => {
      events.push(event)
      stop.abort()
    }
    await engine.generate(requests(512), SAMPLING, 'current', onEvent, stop.signal)
    expect(events.length).toBeGreaterThan(0)
    expect(events.length).toBeLessThan(512)
    expect(await engine.logprobs([{ promptTokens: [1], completionTokens: [2] }], 'current', 1)).toHaveLength(1)
  })
})

// Processes are counted in /proc.
const isLinux = process.platform === 'linux'
const engines = (): number[] => childrenOf(process.pid, 'engine-worker')
const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

test.skipIf(!isLinux)(
  isLinux ? 'out of memory, Linux kills the engine first' : 'the kernel’s choice (skipped: no Linux)',
  async () => {
    const score = (pid: number | 'self'): number => Number(readFileSync(`/proc/${pid}/oom_score_adj`, 'utf8'))
    const engine = await open()
    expect(score(engine.process!.id)).toBeGreaterThan(score('self'))
  },
)

describe.skipIf(!isLinux)(isLinux ? 'no engine process is left' : 'no engine process is left (skipped: no /proc here)', () => {
  test.each([0, 50, 150, 300])('when a stop comes %i ms into loading', async (ms) => {
    const modelFolder = writeTinyFolder(temporaryFolder())
    const stop = new AbortController()
    const loading = createProcessEngine({ ...TINY_SETTINGS, modelFolder }, stop.signal)
    setTimeout(() => stop.abort(), ms)
    const outcome: unknown = await loading.then(
      (engine) => engine.close().then(() => 'it was already open'),
      (reason: unknown) => reason,
    )
    expect(['it was already open', stop.signal.reason]).toContain(outcome)
    if (ms === 0) expect(outcome).toBe(stop.signal.reason)
    expect(engines()).toEqual([])
  })

  test('when the model cannot be loaded', async () => {
    const loading = createProcessEngine({ ...TINY_SETTINGS, modelFolder: join(temporaryFolder(), 'nowhere') })
    await expect(loading).rejects.toMatchObject({ code: 'model.missing-file' })
    expect(engines()).toEqual([])
  })

  test('when it is closed under a call', async () => {
    const engine = await open()
    const generating = engine.generate(requests(512), SAMPLING, 'current', () => {}, NEVER)
    const refused = expect(generating).rejects.toThrow('the engine is closed')
    await engine.close()
    await refused
    expect(engines()).toEqual([])
  })

  test.each([
    ['is killed', 'wait'],
    ['comes to its end', 'end'],
    ['closes it', 'close'],
    ['waits for a call in which it crashes', 'crash'],
  ])('when the process that opened it %s', async (_, mode) => {
    const folder = writeTinyFolder(temporaryFolder())
    const owner = spawn(process.execPath, [join(REPOSITORY, 'test/support/engine-owner.ts'), folder, mode])
    onTestFinished(() => void owner.kill('SIGKILL'))
    const ended = once(owner, 'exit')
    const [said] = (await once(owner.stdout, 'data')) as [Buffer]
    const pid = Number(said.toString())
    if (mode === 'wait') {
      expect(isAlive(pid)).toBe(true)
      owner.kill('SIGKILL')
    }
    expect(await ended).toEqual(mode === 'wait' ? [null, 'SIGKILL'] : [0, null])
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false), { timeout: 10_000 })
  })
})
