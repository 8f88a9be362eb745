import { describe, expect, onTestFinished, test } from 'vitest'
import type { EngineSettings } from '#trainer/engines/engine'
import type { GraphKey } from '#trainer/engines/onnx/lanes/compiled-graphs'
import { laneCount, Lanes } from '#trainer/engines/onnx/lanes/lanes'
import { shareTensors } from '#trainer/engines/onnx/lanes/shared-tensors'
import { currentPlace, watchPlace } from '#trainer/engines/onnx/place'
import { TrainSessions, type ModelState } from '#trainer/engines/onnx/train-sessions'
import type { Minibatch, Objective } from '#trainer/flow'
import { createRandom } from '#trainer/math/random'
import { aModelState, TINY_CONFIG, TINY_SETTINGS } from '#test/support/tiny-llama'

const NEVER = new AbortController().signal
const POLICY: Objective = {
  kind: 'policy',
  temperature: 1,
  clipEpsilonLow: 0.2,
  clipEpsilonHigh: 0.28,
  klCoef: 0,
  entropyCoef: 0,
  lossMean: 'token',
  value: { coef: 0.5, clipEpsilon: 0.2 },
  learningRate: 1e-2,
  valueLearningRate: 1e-2,
}

describe('lanes', () => {
  for (const lora of [TINY_SETTINGS.lora, { ...TINY_SETTINGS.lora!, dropout: 0.2 }, null]) {
    const kind = lora === null ? 'all weights' : lora.dropout > 0 ? 'an adapter with dropout' : 'an adapter'

    test(`any number of them train ${kind} to the same bits`, async () => {
      const [one, three] = [await trained(lora, 1), await trained(lora, 3)]
      expect(three.stats).toEqual(one.stats)
      for (const [name, { data }] of one.state.trained) expect(three.state.trained.get(name)!.data, name).toEqual(data)
      expect(three.logprobs).toEqual(one.logprobs)
      expect(three.reference).toEqual(one.reference)
    })
  }

  test('read the tensors that they share in place', async () => {
    const { lanes, weights } = someLanes(2)
    const before = await lanes.run(aJob())
    weights.get('model.norm.weight')!.data.fill(0)
    const after = await lanes.run(aJob())
    expect([...before.logprobs!]).not.toEqual([...after.logprobs!])
    // Without hidden states every next token is as likely as any other.
    for (const logprob of after.logprobs!) expect(logprob).toBeCloseTo(-Math.log(TINY_CONFIG.vocabularySize), 5)
  })

  test('do more jobs than there are lanes, and each job gets its own answer', async () => {
    const { lanes } = someLanes(2)
    const alone = []
    for (const token of [1, 2, 3, 4, 5, 6]) alone.push((await lanes.run(aJob(token))).logprobs)
    const together = await Promise.all([1, 2, 3, 4, 5, 6].map((token) => lanes.run(aJob(token))))
    expect(together.map(({ logprobs }) => logprobs)).toEqual(alone)
    expect(new Set(alone.map((logprobs) => logprobs![0])).size).toBe(6)
  })

  test('an error ends its own job with the graph named, and the lane goes on', async () => {
    const { lanes } = someLanes(2)
    const hungry = { ...aJob(), inputs: new Map() }
    await expect(lanes.run(hungry)).rejects.toThrow('the graph asks for tokens, which nothing feeds')
    const tooShort = aJob()
    tooShort.inputs.set('tokens', new BigInt64Array(1))
    await expect(lanes.run(tooShort)).rejects.toThrow('logprobs [1 x 8, 2 tokens]')
    await expect(lanes.run(aJob())).resolves.toHaveProperty('logprobs')
  })

  test('a stop of an update begins no more microbatches and changes nothing', async () => {
    const state = aModelState(TINY_SETTINGS.lora, true)
    const sessions = new TrainSessions(state, { ...TINY_SETTINGS, threads: 2, microbatchSize: 1 })
    onTestFinished(() => sessions.release())
    const before = [...state.trained].map(([name, { data }]) => [name, data.slice()] as const)
    const stop = new AbortController()
    const stopping = sessions.update(aMinibatch(), POLICY, stop.signal)
    stop.abort()
    expect((await stopping).gradNorm).toBe(0)
    for (const [name, data] of before) expect(state.trained.get(name)!.data, name).toEqual(data)
  })

  test('while jobs run side by side the place names them all', async () => {
    const { lanes } = someLanes(2)
    const places: string[] = []
    watchPlace((place) => places.push(place))
    onTestFinished(() => watchPlace(() => {}))
    await Promise.all([
      lanes.run(aJob()),
      lanes.run({ ...aJob(), key: { kind: 'logprobs', extent: { ...EXTENT, picked: 3 } } }).catch(() => {}),
    ])
    expect(places[1]).toBe('logprobs [1 x 8, 2 tokens] beside logprobs [1 x 8, 3 tokens]')
    expect(currentPlace()).not.toContain('beside')
  })

  test('are as many as threads, up to four, for small models, and one for large ones', () => {
    expect([1, 2, 4, 16].map((threads) => laneCount(5e6, threads))).toEqual([1, 2, 4, 4])
    expect(laneCount(7e9, 16)).toBe(1)
  })
})

const EXTENT = { batch: 1, length: 8, picked: 2, shared: null } as const

function someLanes(count: number): { lanes: Lanes; weights: ModelState['weights'] } {
  const { weights } = aModelState(TINY_SETTINGS.lora, false)
  shareTensors(weights)
  const lanes = new Lanes(TINY_CONFIG, count, count)
  onTestFinished(() => lanes.release())
  lanes.share('current', weights)
  return { lanes, weights }
}

function aJob(token = 1): { key: GraphKey; inputs: Map<string, BigInt64Array | Float32Array>; weights: 'current' } {
  const inputs = new Map<string, BigInt64Array | Float32Array>([
    ['tokens', new BigInt64Array(8).fill(BigInt(token))],
    ['places', BigInt64Array.of(2n, 3n)],
    ['targets', BigInt64Array.of(4n, 5n)],
    ['inverse_temperature', Float32Array.of(1)],
  ])
  return { key: { kind: 'logprobs', extent: EXTENT }, inputs, weights: 'current' }
}

async function trained(lora: EngineSettings['lora'], threads: number) {
  const state = aModelState(lora, true)
  const sessions = new TrainSessions(state, { ...TINY_SETTINGS, lora, threads, microbatchSize: 2 })
  onTestFinished(() => sessions.release())
  const minibatch = aMinibatch()
  const stats = [await sessions.update(minibatch, POLICY, NEVER), await sessions.update(minibatch, POLICY, NEVER)]
  const logprobs = await sessions.logprobs(minibatch.sequences, 'current', 0.7)
  const reference = await sessions.logprobs(minibatch.sequences, 'reference', 1)
  return { state, stats, logprobs, reference }
}

/** Twelve sequences of different lengths. */
function aMinibatch(): Minibatch {
  const random = createRandom(9)
  const tokens = (length: number): number[] => Array.from({ length }, () => random.below(TINY_CONFIG.vocabularySize))
  const sequences = Array.from({ length: 12 }, (_, i) => {
    const completionTokens = tokens(2 + i)
    const array = (): Float32Array => Float32Array.from(completionTokens, () => random.next() - 0.5)
    return {
      promptTokens: tokens(3 + (i % 4)),
      completionTokens,
      oldLogprobs: array().map((value) => value - 3),
      refLogprobs: null,
      advantages: array(),
      returns: array(),
      oldValues: array(),
      weight: 1,
    }
  })
  return { sequences }
}
