/** The Python engine's process: how it starts, stops and ends, and what is said when it cannot. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { Failure } from '#contract/failure'
import { PYTHON } from '#test/support/python'
import { REPOSITORY } from '#test/support/run-builders'
import { temporaryFolder } from '#test/support/temporary-folder'
import { writeTinyFolder } from '#test/support/tiny-folder'
import { childrenOf, filesIn } from '#test/support/traces'
import { MISSING_TORCH, openTorch, TORCH_SETTINGS, unlessSkipped } from '#test/support/torch-engine'
import type { Engine, EngineSettings, GenerateEvent, GenerateRequest, Sampling } from '#trainer/engines/engine'
import { createTorchEngine } from '#trainer/engines/torch/torch-engine'
import type { Objective, TrainingSequence } from '#trainer/flow'

const NEVER = new AbortController().signal
/** No end token: every completion has all its tokens. */
const SAMPLING: Sampling = { temperature: 1, topP: 1, topK: 0, maxCompletionTokens: 100, endTokens: [] }
const SUPERVISED: Objective = { kind: 'supervised', learningRate: 1e-4, valueLearningRate: 0 }

const open = (changes: Partial<EngineSettings> = {}): Promise<Engine> =>
  openTorch({ hasValueHead: false, modelFolder: writeTinyFolder(temporaryFolder()), ...changes })

const requests = (count: number): GenerateRequest[] =>
  Array.from({ length: count }, (_, i) => ({ prompt: [1 + (i % 20), 2, 3], seeds: [i] }))

function sequences(count: number): TrainingSequence[] {
  const tokens = Array.from({ length: 60 }, (_, i) => 1 + (i % 20))
  const zeros = new Float32Array(60)
  const rest = { oldLogprobs: zeros, refLogprobs: null, advantages: zeros, returns: null, oldValues: null, weight: 1 }
  return Array.from({ length: count }, () => ({ promptTokens: [1, 2], completionTokens: tokens, ...rest }))
}

async function failureOf(promise: Promise<unknown>): Promise<Failure> {
  const error: unknown = await promise.then(
    () => null,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(Failure)
  return error as Failure
}

/** Found in /proc; elsewhere there is nothing to look at. */
const engineProcesses = (): number[] => childrenOf(process.pid, 'veritune_engine')

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

describe('a Python that cannot run the engine', () => {
  test('and is not there is told by its name', async () => {
    vi.stubEnv('VERITUNE_PYTHON', '/nowhere/python3')
    onTestFinished(() => void vi.unstubAllEnvs())
    const failure = await failureOf(createTorchEngine({ ...TORCH_SETTINGS, modelFolder: temporaryFolder() }))
    expect(failure.code).toBe('python.missing')
    expect(failure.sentence).toContain('/nowhere/python3')
    expect(failure.sentence).toContain('VERITUNE_PYTHON')
  })

  test.skipIf(MISSING_TORCH.startsWith('no '))('and has no packages is told which, and how to get them', async () => {
    // Without its site folder a Python has its standard library alone.
    const bare = join(temporaryFolder(), 'python')
    writeFileSync(bare, `#!/bin/sh\nexec "${PYTHON}" -S "$@"\n`)
    chmodSync(bare, 0o755)
    vi.stubEnv('VERITUNE_PYTHON', bare)
    vi.stubEnv('PYTHONPATH', '')
    onTestFinished(() => void vi.unstubAllEnvs())
    const before = engineProcesses()
    const failure = await failureOf(createTorchEngine({ ...TORCH_SETTINGS, modelFolder: temporaryFolder() }))
    expect(failure.code).toBe('python.packages-missing')
    expect(engineProcesses()).toEqual(before)
    expect(failure.message).toContain('torch, transformers, safetensors, numpy')
    expect(failure.remedy).toContain('-m pip install ./native')
  })
})

test('all weights in bfloat16 are refused before anything starts', async () => {
  const settings = { ...TORCH_SETTINGS, lora: null, torch: { device: 'cpu', precision: 'bfloat16' } } as const
  const failure = await failureOf(createTorchEngine(settings))
  expect(failure.message).toBe('torch.precision is bfloat16, in which all weights cannot be trained')
})

describe.skipIf(MISSING_TORCH !== '')(unlessSkipped('the PyTorch engine'), () => {
  test('refuses a model folder that it cannot use, by name', async () => {
    const folder = writeTinyFolder(temporaryFolder())
    const nowhere = await failureOf(open({ modelFolder: join(folder, 'nowhere') }))
    expect(nowhere.message).toMatch(/nowhere has no config\.json/)

    const pickled = writeTinyFolder(temporaryFolder())
    renameSync(join(pickled, 'model.safetensors'), join(pickled, 'pytorch_model.bin'))
    expect((await failureOf(open({ modelFolder: pickled }))).message).toMatch(/has no model\.safetensors/)

    const foreign = writeTinyFolder(temporaryFolder())
    writeFileSync(join(foreign, 'config.json'), JSON.stringify({ model_type: 'gpt2' }))
    expect((await failureOf(open({ modelFolder: foreign }))).message).toMatch(/model_type "gpt2" is not supported/)
  })

  test('refuses a card that PyTorch does not find', async ({ skip }) => {
    const failure = await open({ torch: { device: 'cuda', precision: 'float32' } }).then(
      () => skip('PyTorch finds a card here'),
      (reason: unknown) => reason as Failure,
    )
    expect(failure.code).toBe('torch.device-refused')
    expect(failure.setting).toBe('torch.device')
  })

  test('out of memory says in what, and goes on with what fits', async () => {
    const modelFolder = writeTinyFolder(temporaryFolder())
    const file = join(modelFolder, 'config.json')
    const config = JSON.parse(readFileSync(file, 'utf8')) as object
    // More tokens than any machine can address.
    writeFileSync(file, JSON.stringify({ ...config, max_position_embeddings: 10 ** 15 }))
    const engine = await open({ modelFolder })
    const endless = { ...SAMPLING, maxCompletionTokens: 10 ** 14 }
    const failure = await failureOf(engine.generate(requests(1), endless, 'current', () => {}, NEVER))
    expect(failure.code).toBe('memory.exhausted')
    expect(failure.message).toBe('The engine ran out of memory in generate.')
    expect(await engine.logprobs([{ promptTokens: [1], completionTokens: [2] }], 'current', 1)).toHaveLength(1)
  })

  test('takes part in no Ctrl-C of the terminal', async () => {
    const engine = await open()
    process.kill(engine.process!.id, 'SIGINT')
    await expect(engine.update({ sequences: sequences(1) }, SUPERVISED, NEVER)).resolves.toMatchObject({ tokenCount: 60 })
    expect(engine.process!.residentBytes).toBeGreaterThan(30e6)
    // On the processor nothing lies on a card.
    expect(engine.process!.deviceBytes).toBeNull()
  })

  test('ends an update before its next microbatch when it is stopped', async () => {
    const engine = await open({ microbatchSize: 1 })
    await engine.update({ sequences: sequences(1) }, SUPERVISED, NEVER)
    const stop = new AbortController()
    const stopped = engine.update({ sequences: sequences(5_000) }, SUPERVISED, stop.signal)
    await new Promise((resolve) => setTimeout(resolve, 300))
    stop.abort()
    const { tokenCount } = await stopped
    expect(tokenCount).toBeGreaterThan(0)
    expect(tokenCount).toBeLessThan(5_000 * 60)
  })

  test('ends a generation before its next token when it is stopped; what was reported stays', async () => {
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

  test.skipIf(process.platform !== 'linux')('that is killed while it loads fails with the reason', async () => {
    const before = engineProcesses()
    const loading = failureOf(createTorchEngine({ ...TORCH_SETTINGS, modelFolder: writeTinyFolder(temporaryFolder()) }))
    const started = await vi.waitFor(() => {
      const [pid] = engineProcesses().filter((each) => !before.includes(each))
      return pid ?? expect.fail('no process yet')
    })
    process.kill(started, 'SIGKILL')
    const failure = await loading
    expect(failure.code).toBe('memory.exhausted')
    expect(failure.message).toMatch(/ran out of memory in (starting Python|loading the model) \(the system killed its process\)/)
  })

  // The last one that shares the process: it ends there.
  test('that crashes under a call fails it, and every later one', async () => {
    const engine = await open()
    const onEvent = (): void => void process.kill(engine.process!.id, 'SIGSEGV')
    const failure = await failureOf(engine.generate(requests(512), SAMPLING, 'current', onEvent, NEVER))
    expect(failure.code).toBe('engine.crashed')
    expect(failure.message).toMatch(/^The engine crashed \(SIGSEGV\) in generate/)
    await expect(engine.save(temporaryFolder())).rejects.toBe(failure)
  })

  test('leaves no process when a stop comes while it loads', async () => {
    const [stop, before] = [new AbortController(), engineProcesses()]
    const loading = createTorchEngine({ ...TORCH_SETTINGS, modelFolder: writeTinyFolder(temporaryFolder()) }, stop.signal)
    setTimeout(() => stop.abort(), 300)
    const reason: unknown = await loading.catch((error: unknown) => error)
    expect(reason).toBe(stop.signal.reason)
    expect(engineProcesses()).toEqual(before)
  })

  // Found in /proc while it loads.
  test.each([
    ['is killed while it loads', 'load'],
    ['comes to its end', 'end'],
  ])('leaves no process and no socket when the one that opened it %s', async (_, mode) => {
    const folder = writeTinyFolder(temporaryFolder())
    const temporary = temporaryFolder()
    // PyTorch has a cache of its own there.
    const sockets = (): string[] => filesIn(temporary).filter((path) => path.includes('veritune-socket'))
    const owner = spawn(process.execPath, [join(REPOSITORY, 'test/support/engine-owner.ts'), folder, mode, 'torch'], {
      env: { ...process.env, TMPDIR: temporary },
    })
    onTestFinished(() => void owner.kill('SIGKILL'))
    const ended = once(owner, 'exit')
    const [said] = (await once(owner.stdout, 'data')) as [Buffer]
    const pid = Number(said.toString())
    if (mode === 'load') {
      // Until it has called, only its owner can take the socket away.
      await vi.waitFor(() => expect(sockets()).toEqual([]), { timeout: 10_000 })
      expect(isAlive(pid)).toBe(true)
      owner.kill('SIGKILL')
    }
    expect(await ended).toEqual(mode === 'load' ? [null, 'SIGKILL'] : [0, null])
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false), { timeout: 10_000 })
    expect(sockets()).toEqual([])
  })
})
