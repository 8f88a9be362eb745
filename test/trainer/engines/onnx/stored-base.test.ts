/** A base in fewer bits: what is stored is close to what was read, and everything that is made with it is what its numbers in float32 make. */
import { execFile } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { Failure } from '#contract/failure'
import type { BaseStorage, EngineSettings, GenerateEvent } from '#trainer/engines/engine'
import type { Minibatch, Objective } from '#trainer/flow'
import { createEngine } from '#trainer/engines/create-engine'
import { BLOCK } from '#trainer/engines/onnx/model/stored-weights'
import type { Tensors } from '#trainer/engines/onnx/model/weights'
import { trainedWeights } from '#trainer/engines/onnx/export/trained-weights'
import { createOnnxEngine, OnnxEngine } from '#trainer/engines/onnx/onnx-engine'
import { readPeftAdapter } from '#trainer/engines/onnx/peft'
import { readWeights } from '#trainer/engines/onnx/weights-folder'
import { quantize } from '#trainer/engines/onnx/quantize'
import { Session } from '#trainer/engines/onnx/session'
import { assertStorage, storeBase } from '#trainer/engines/onnx/stored-base'
import { TrainSessions, type ModelState } from '#trainer/engines/onnx/train-sessions'
import { REPOSITORY } from '#test/support/run-builders'
import { relativeError, uniform } from '#test/support/run-graph'
import {
  dequantized,
  inFull,
  noisyAdapter,
  spreadWeights,
  STORED_CONFIG,
  STORED_SETTINGS,
  storedAs,
} from '#test/support/stored-llama'
import { temporaryFolder } from '#test/support/temporary-folder'
import { TINY_CONFIG, TINY_SETTINGS } from '#test/support/tiny-llama'
import type { TrainPeakOrder } from '#test/support/train-peak'
import { writeTinyFolder } from '#test/support/tiny-folder'
import { supervisedSequences, SUPERVISED, tinyTraining } from '#test/support/tiny-train-graph'

const NEVER = new AbortController().signal
const SEQUENCES = supervisedSequences()
const LORA = TINY_SETTINGS.lora!
const ADAPTER = { rank: LORA.rank, scale: LORA.alpha / LORA.rank }
const KINDS = ['float16', 'int4'] as const

const stateOf = (storage: BaseStorage, weights = storedAs(storage)): ModelState => ({
  config: STORED_CONFIG,
  weights,
  trained: noisyAdapter(),
})
const settingsOf = (baseStorage: BaseStorage, changes: Partial<EngineSettings> = {}): EngineSettings => ({
  ...STORED_SETTINGS,
  baseStorage,
  ...changes,
})
/** The engine's numbers in float32 over what the stored bits stand for. */
const fullState = (storage: BaseStorage): ModelState => stateOf('float32', inFull(storedAs(storage), storage))

describe('four bits', () => {
  const quantized = (data: Float32Array) => {
    const levels = new Uint8Array(data.length / 2)
    const scales = new Float32Array(data.length / BLOCK)
    quantize(data, levels, scales)
    return dequantized(levels, scales)
  }

  test('move a weight by a sixteenth of its block’s largest, and one opposite the largest by an eighth', () => {
    const data = uniform(BLOCK * 500, 1)
    const found = quantized(data)
    for (let start = 0; start < data.length; start += BLOCK) {
      const block = data.subarray(start, start + BLOCK)
      const largest = block.reduce((most, value) => (Math.abs(value) > Math.abs(most) ? value : most), 0)
      block.forEach((value, i) => {
        const isOpposite = value / largest < -15 / 16
        const bound = Math.abs(largest) / (isOpposite ? 8 : 16)
        expect(Math.abs(found[start + i]! - value)).toBeLessThanOrEqual(bound * (1 + 1e-5))
      })
    }
  })

  test('keep the largest of a block, zeros, and what they gave before', () => {
    const data = uniform(BLOCK * 3, 2)
    data.fill(0, BLOCK, 2 * BLOCK)
    data[5] = -3
    const found = quantized(data)
    expect(found[5]).toBe(-3)
    expect([...found.subarray(BLOCK, 2 * BLOCK)].map(Math.abs)).toEqual(new Array(BLOCK).fill(0))
    expect(relativeError(quantized(found), found)).toBeLessThan(1e-6)
  })
})

describe.each(KINDS)('a base in %s', (storage) => {
  test('says the log-probs of its numbers in float32, with the adapter and without', async () => {
    const [stored, full] = [
      new TrainSessions(stateOf(storage), settingsOf(storage)),
      new TrainSessions(fullState(storage), settingsOf('float32')),
    ]
    for (const policy of ['current', 'reference'] as const) {
      const [found, expected] = [await stored.logprobs(SEQUENCES, policy, 0.8), await full.logprobs(SEQUENCES, policy, 0.8)]
      found.forEach((one, i) => expect(relativeError(one, expected[i]!)).toBeLessThan(1e-5))
    }
    const [current, reference] = [
      await stored.logprobs(SEQUENCES, 'current', 1),
      await stored.logprobs(SEQUENCES, 'reference', 1),
    ]
    expect(relativeError(current[0]!, reference[0]!)).toBeGreaterThan(1e-3)
  })

  test.each([
    ['plainly', {}, 0],
    ['with layers computed again', { isCheckpointed: true }, 0],
    ['with dropout', {}, 0.3],
  ])('gives the loss and the adapter’s gradients of its numbers in float32, %s', async (_, changes, dropout) => {
    const gradients = async (state: ModelState, kind: BaseStorage): Promise<Record<string, Float32Array>> => {
      // Float32 beside dropout: an adapter that is not summed in.
      const { graph, feeds } = tinyTraining(state, { adapter: ADAPTER, storage: kind, ...changes }, dropout)
      const session = await Session.create(graph, { threads: 1, name: 'gradients' })
      return session.run((name) => feeds[name]!)
    }
    const found = await gradients(stateOf(storage), storage)
    const full = fullState(storage)
    const expected = await gradients(dropout > 0 ? full : withAdapterIn(full), 'float32')
    expect(Object.keys(found).filter((name) => name.startsWith('gradient:'))).toHaveLength(2 * 7 * STORED_CONFIG.layerCount)
    for (const [name, numbers] of Object.entries(expected)) expect(relativeError(found[name]!, numbers), name).toBeLessThan(1e-4)
  })

  test('has the gradients that finite differences find', async () => {
    const state = stateOf(storage)
    const { graph, feeds } = tinyTraining(state, { adapter: ADAPTER, storage })
    const session = await Session.create(graph, { threads: 1, name: 'differences' })
    const run = () => session.run((name) => feeds[name]!)
    const found = await run()
    for (const seed of [1, 2, 3]) {
      const direction = new Map([...state.trained].map(([name, { data }], i) => [name, uniform(data.length, 100 * seed + i)]))
      const lossAt = async (h: number): Promise<number> => {
        for (const [name, { data }] of state.trained) feeds[name] = data.map((value, i) => value + h * direction.get(name)![i]!)
        return (await run()).loss![0]!
      }
      const h = 1e-3
      const numeric = ((await lossAt(h)) - (await lossAt(-h))) / (2 * h)
      let analytic = 0
      for (const [name, along] of direction) along.forEach((value, i) => (analytic += value * found[`gradient:${name}`]![i]!))
      expect(Math.abs(analytic - numeric) / Math.max(0.02, Math.abs(numeric)), `seed ${seed}`).toBeLessThan(1e-2)
    }
  })

  test('samples what it says in training: log-probs of rollouts to 1e-5', async () => {
    const engine = new OnnxEngine(STORED_CONFIG, storedAs(storage), settingsOf(storage))
    await engine.update({ sequences: SEQUENCES }, SUPERVISED, NEVER)
    for (const policy of ['current', 'reference'] as const) {
      const events: GenerateEvent[] = []
      const prompts = [
        [1, 2, 3],
        [4, 5],
      ]
      const requests = prompts.map((prompt, i) => ({ prompt, seeds: [i + 1, i + 11, i + 21] }))
      const sampling = { temperature: 0.9, topP: 1, topK: 0, maxCompletionTokens: 12, endTokens: [0] }
      await engine.generate(requests, sampling, policy, (event) => events.push(event), NEVER)
      const sequences = events.map(({ request, tokens }) => ({ promptTokens: prompts[request]!, completionTokens: tokens }))
      const said = await engine.logprobs(sequences, policy, 0.9)
      expect(events).toHaveLength(6)
      events.forEach(({ oldLogprobs }, i) =>
        oldLogprobs.forEach((logprob, t) => expect(Math.abs(logprob - said[i]![t]!)).toBeLessThan(1e-5)),
      )
    }
  })

  test('learns, in one lane and in two the same bits, and leaves the reference alone', async () => {
    const minibatch: Minibatch = { sequences: SEQUENCES }
    const [one, two] = await Promise.all(
      [1, 2].map(async (threads) => {
        const sessions = new TrainSessions(stateOf(storage), settingsOf(storage, { threads, microbatchSize: 2 }))
        const before = await sessions.logprobs(SEQUENCES, 'reference', 1)
        const losses: number[] = []
        for (let step = 0; step < 30; step++) losses.push((await sessions.update(minibatch, SUPERVISED, NEVER)).loss)
        expect(await sessions.logprobs(SEQUENCES, 'reference', 1)).toEqual(before)
        await sessions.release()
        return losses
      }),
    )
    expect(one!.at(-1)).toBeLessThan(0.5 * one![0]!)
    expect(two).toEqual(one)
  })

  test('goes on from a checkpoint bit by bit, dropout and value head included', async () => {
    const settings = settingsOf(storage, { hasValueHead: true, lora: { ...LORA, dropout: 0.2 } })
    const engineOf = (): OnnxEngine => new OnnxEngine(STORED_CONFIG, storedAs(storage), settings)
    const update = async (engine: OnnxEngine, times: number): Promise<void> => {
      for (let i = 0; i < times; i++) await engine.update(await withValues(engine), POLICY, NEVER)
    }
    const [undisturbed, before, resumed] = [engineOf(), engineOf(), engineOf()]
    const folder = temporaryFolder()
    await update(undisturbed, 4)
    await update(before, 2)
    await before.save(folder)
    await resumed.load(folder)
    await update(resumed, 2)
    expect(await resumed.logprobs(SEQUENCES, 'current', 1)).toEqual(await undisturbed.logprobs(SEQUENCES, 'current', 1))
    expect(await resumed.values(SEQUENCES)).toEqual(await undisturbed.values(SEQUENCES))
    expect(await resumed.logprobs(SEQUENCES, 'current', 1)).not.toEqual(await before.logprobs(SEQUENCES, 'current', 1))
  })

  test('is refused where all weights are trained, on a device, and by PyTorch', async () => {
    const settings = { ...STORED_SETTINGS, baseStorage: storage }
    expect(() => assertStorage(STORED_CONFIG, { ...settings, lora: null })).toThrow(
      `baseStorage is ${storage}, in which all weights cannot be trained`,
    )
    expect(() => assertStorage(STORED_CONFIG, { ...settings, device: 'webgpu' })).toThrow(Failure)
    await expect(createEngine('torch', { ...settings, modelFolder: 'nowhere' })).rejects.toMatchObject({ code: 'config.invalid' })
  })
})

test('float32 of a stored weight is there for one product at a time, forward and backward', async () => {
  // Matrices of 0.25 and 1 MB, 40 MB together: more than all else that so few tokens take.
  const config = {
    ...TINY_CONFIG,
    hiddenSize: 256,
    intermediateSize: 1024,
    layerCount: 10,
    headCount: 4,
    keyValueHeadCount: 4,
    headSize: 64,
  }
  const order = { config, batch: 1, promptTokens: 4, completionTokens: 4, isCheckpointed: false }
  const whole = await runBytes({ ...order, storage: 'float32' })
  for (const storage of KINDS) {
    const bytes = await runBytes({ ...order, storage })
    console.log(`${storage}: a run takes ${(bytes / 1e6).toFixed(1)} MB, in float32 ${(whole / 1e6).toFixed(1)} MB`)
    expect(bytes - whole).toBeLessThan(10e6)
  }
})

test('a matrix that is no whole number of blocks is refused by its name, in int4 alone', () => {
  const odd = { ...TINY_CONFIG, intermediateSize: 25 }
  expect(() => assertStorage(odd, { ...TINY_SETTINGS, baseStorage: 'int4' })).toThrow(
    'model.layers.0.mlp.gate_proj of this model is 25 x 16',
  )
  expect(() => assertStorage(odd, { ...TINY_SETTINGS, baseStorage: 'float16' })).not.toThrow()
  expect(() => assertStorage(TINY_CONFIG, { ...TINY_SETTINGS, baseStorage: 'int4' })).not.toThrow()
})

test('a refusal comes before the weights are looked for', async () => {
  const modelFolder = writeTinyFolder(temporaryFolder())
  rmSync(join(modelFolder, 'model.safetensors'))
  const refused = createEngine('onnx', { ...TINY_SETTINGS, modelFolder, baseStorage: 'int4', lora: null })
  await expect(refused).rejects.toMatchObject({ code: 'config.invalid', facts: { field: 'baseStorage' } })
})

test('a merged export is the full weights with the adapter, not the stored ones', async () => {
  const modelFolder = writeTinyFolder(join(temporaryFolder(), 'model'))
  const engine = createOnnxEngine({ ...TINY_SETTINGS, modelFolder, hasValueHead: false, baseStorage: 'int4' })
  for (let step = 0; step < 5; step++) await engine.update({ sequences: SEQUENCES }, SUPERVISED, NEVER)
  const checkpoint = temporaryFolder()
  await engine.save(checkpoint)
  const merged = trainedWeights(modelFolder, checkpoint, true)
  const found = new Map([...merged.shapes].map(([name, shape]) => [name, { shape, data: merged.read(name) }]))
  merged.close()
  const [adapter, weights] = [readPeftAdapter(checkpoint, TINY_CONFIG).tensors, readWeights(modelFolder, TINY_CONFIG)]
  const expected = withAdapterIn({ config: TINY_CONFIG, weights, trained: adapter }).weights
  for (const [name, { data }] of expected)
    expect(relativeError(found.get(name)!.data, data as Float32Array), name).toBeLessThan(1e-6)
  expect(
    relativeError(found.get('model.layers.0.mlp.up_proj.weight')!.data, weights.get('model.layers.0.mlp.up_proj.weight')!.data),
  ).toBeGreaterThan(1e-3)
})

test('a number beyond a half is refused with its tensor', () => {
  const weights = spreadWeights()
  weights.get('model.layers.1.mlp.up_proj.weight')!.data[7] = 70_000
  expect(() => storeBase(weights, STORED_CONFIG, 'float16')).toThrow(/up_proj.weight holds 70000, which float16 cannot hold/)
})

async function runBytes(order: TrainPeakOrder): Promise<number> {
  const script = join(REPOSITORY, 'test/support/train-peak.ts')
  // What is freed goes back at once: a run finds no room that others left.
  const env = { ...process.env, MALLOC_ARENA_MAX: '1', MALLOC_MMAP_THRESHOLD_: '65536' }
  const { stdout } = await promisify(execFile)(process.execPath, [script, JSON.stringify(order)], { env })
  return (JSON.parse(stdout) as { runBytes: number }).runBytes
}

const POLICY: Objective = {
  kind: 'policy',
  temperature: 1,
  clipEpsilonLow: 0.2,
  clipEpsilonHigh: 0.2,
  klCoef: 0,
  entropyCoef: 0,
  lossMean: 'token',
  value: { coef: 0.5, clipEpsilon: 0.2 },
  learningRate: 0.01,
  valueLearningRate: 0.01,
}

async function withValues(engine: OnnxEngine): Promise<Minibatch> {
  const [logprobs, values] = [await engine.logprobs(SEQUENCES, 'current', 1), await engine.values(SEQUENCES)]
  return {
    sequences: SEQUENCES.map((sequence, i) => ({
      ...sequence,
      oldLogprobs: logprobs[i]!,
      advantages: new Float32Array(logprobs[i]!.length).fill(i % 2 === 0 ? 1 : -1),
      returns: new Float32Array(logprobs[i]!.length).fill(0.5),
      oldValues: values[i]!,
    })),
  }
}

/** The float32 graph reads weights with the adapter summed in. */
function withAdapterIn(state: ModelState): ModelState {
  const weights: Tensors = new Map(
    [...(state.weights as Tensors)].map(([name, { shape, data }]) => [name, { shape, data: data.slice() }]),
  )
  for (const [name, { shape, data }] of weights) {
    const a = state.trained.get(name.replace(/weight$/, 'lora_A.weight'))?.data
    const b = state.trained.get(name.replace(/weight$/, 'lora_B.weight'))?.data
    if (a === undefined || b === undefined) continue
    const [outputs, inputs] = shape as [number, number]
    for (let o = 0; o < outputs; o++)
      for (let i = 0; i < inputs; i++)
        for (let r = 0; r < LORA.rank; r++) data[o * inputs + i]! += ADAPTER.scale * b[o * LORA.rank + r]! * a[r * inputs + i]!
  }
  return { ...state, weights }
}
