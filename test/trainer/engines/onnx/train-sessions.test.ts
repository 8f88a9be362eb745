import { describe, expect, test } from 'vitest'
import type { Minibatch, Objective, TrainingSequence } from '#trainer/flow'
import type { EngineSettings } from '#trainer/engines/engine'
import { TrainSessions, type ModelState } from '#trainer/engines/onnx/train-sessions'
import { evaluateObjective, flattenTokens } from '#trainer/math/objective'
import { createRandom } from '#trainer/math/random'
import { aModelState, TINY_SETTINGS } from '#test/support/tiny-llama'

const NEVER = new AbortController().signal

const POLICY: Objective = {
  kind: 'policy',
  temperature: 0.8,
  clipEpsilonLow: 0.2,
  clipEpsilonHigh: 0.28,
  klCoef: 0.1,
  entropyCoef: 0.05,
  lossMean: 'token',
  value: { coef: 0.5, clipEpsilon: 0.2 },
  learningRate: 1e-3,
  valueLearningRate: 1e-3,
}

/** Plain steepest descent of size 1 through AdamW's interface would hide the gradient; so read it from a step with huge epsilon. */
const RAW_GRADIENT: EngineSettings['optimizer'] = { beta1: 0, beta2: 0, epsilon: 1e8, weightDecay: 0, maxGradNorm: 1e9 }

describe('training graphs', () => {
  for (const lora of [TINY_SETTINGS.lora, null]) {
    const kind = lora === null ? 'all weights' : 'an adapter'

    test(`the policy gradient of ${kind} agrees with finite differences of the plain objective`, async () => {
      await expectTrueGradient({ lora, objective: { ...POLICY, value: null }, moves: (name) => !name.startsWith('value_head') })
    })
  }

  // The value loss does not shape the hidden states, so its gradient is true for the value head alone.
  test('the value gradient agrees with finite differences of the plain objective', async () => {
    await expectTrueGradient({ lora: TINY_SETTINGS.lora, objective: POLICY, moves: (name) => name.startsWith('value_head') })
  })

  test('the loss of the graph is the loss of the plain loops', async () => {
    const sessions = new TrainSessions(aModelState(TINY_SETTINGS.lora, true), TINY_SETTINGS)
    const minibatch = await aMinibatch(sessions)
    const expected = await plainLoss(sessions, minibatch)
    expect((await sessions.update(minibatch, POLICY, NEVER)).loss).toBeCloseTo(expected, 5)
  })

  test('microbatches of two give the update of one microbatch of eight', async () => {
    const results = []
    for (const microbatchSize of [2, 8]) {
      const state = aModelState(TINY_SETTINGS.lora, true)
      const sessions = new TrainSessions(state, { ...TINY_SETTINGS, microbatchSize })
      const stats = await sessions.update(await aMinibatch(sessions), POLICY, NEVER)
      results.push({ stats, weights: snapshot(state) })
    }
    expect(results[0]!.stats.loss).toBeCloseTo(results[1]!.stats.loss, 5)
    expect(results[0]!.stats.gradNorm).toBeCloseTo(results[1]!.stats.gradNorm, 4)
    expect(largest(difference(results[0]!.weights, results[1]!.weights))).toBeLessThan(1e-4)
  })

  test('neighbours and padding do not change the log-probs of a sequence', async () => {
    const sessions = new TrainSessions(aModelState(TINY_SETTINGS.lora, false), { ...TINY_SETTINGS, hasValueHead: false })
    const sequences = someSequences()
    const together = await sessions.logprobs(sequences, 'current', 1)
    for (const [i, sequence] of sequences.entries()) {
      const [alone] = await sessions.logprobs([sequence], 'current', 1)
      expect(largest(new Map([['', subtract(alone!, together[i]!)]]))).toBeLessThan(1e-5)
    }
  })

  test('probabilities of all next tokens add up to 1', async () => {
    const sessions = new TrainSessions(aModelState(TINY_SETTINGS.lora, false), { ...TINY_SETTINGS, hasValueHead: false })
    const every = Array.from({ length: 24 }, (_, token) => ({ promptTokens: [1, 2, 3], completionTokens: [token] }))
    const logprobs = await sessions.logprobs(every, 'current', 0.7)
    expect(logprobs.reduce((sum, [logprob]) => sum + Math.exp(logprob!), 0)).toBeCloseTo(1, 5)
  })

  test('with the adapter off, the policy is the base', async () => {
    const state = aModelState(TINY_SETTINGS.lora, false)
    const sessions = new TrainSessions(state, { ...TINY_SETTINGS, hasValueHead: false })
    const reference = await sessions.logprobs(someSequences(), 'reference', 1)
    for (const [name, { data }] of state.trained) if (name.includes('lora_B')) data.fill(0)
    const current = await sessions.logprobs(someSequences(), 'current', 1)
    expect(current).toEqual(reference)
  })

  test('when all weights are trained, the reference stays as it was', async () => {
    const sessions = new TrainSessions(aModelState(null, false), { ...TINY_SETTINGS, lora: null, hasValueHead: false })
    const before = await sessions.logprobs(someSequences(), 'reference', 1)
    await sessions.update(await aMinibatch(sessions), { kind: 'supervised', learningRate: 0.01, valueLearningRate: 0 }, NEVER)
    expect(await sessions.logprobs(someSequences(), 'reference', 1)).toEqual(before)
    expect(await sessions.logprobs(someSequences(), 'current', 1)).not.toEqual(before)
  })

  test('supervised training learns a sequence by heart', async () => {
    const sessions = new TrainSessions(aModelState(null, false), { ...TINY_SETTINGS, lora: null, hasValueHead: false })
    const minibatch = await aMinibatch(sessions)
    let loss = Infinity
    for (let step = 0; step < 60; step++) {
      loss = (await sessions.update(minibatch, { kind: 'supervised', learningRate: 0.02, valueLearningRate: 0 }, NEVER)).loss
    }
    expect(loss).toBeLessThan(0.1)
  })

  test('a sequence longer than the context is refused, one as long as it is not', async () => {
    const sessions = new TrainSessions(aModelState(TINY_SETTINGS.lora, true), TINY_SETTINGS)
    const ofLength = (length: number) => [{ promptTokens: [1], completionTokens: new Array<number>(length - 1).fill(2) }]
    expect((await sessions.logprobs(ofLength(128), 'current', 1))[0]).toHaveLength(127)
    await expect(sessions.logprobs(ofLength(129), 'current', 1)).rejects.toThrow(
      "A sequence of 129 tokens is longer than the model's context of 128 tokens.",
    )
    await expect(sessions.values(ofLength(129))).rejects.toThrow(RangeError)
  })

  test('a stop before the first microbatch leaves the weights as they were', async () => {
    const state = aModelState(TINY_SETTINGS.lora, true)
    const sessions = new TrainSessions(state, TINY_SETTINGS)
    const minibatch = await aMinibatch(sessions)
    const before = snapshot(state)
    await sessions.update(minibatch, POLICY, AbortSignal.abort())
    expect(largest(difference(before, snapshot(state)))).toBe(0)
  })
})

interface GradientCase {
  readonly lora: EngineSettings['lora']
  readonly objective: Objective
  /** Which trained tensors the direction moves. */
  readonly moves: (name: string) => boolean
}

async function expectTrueGradient({ lora, objective, moves }: GradientCase): Promise<void> {
  const state = aModelState(lora, true)
  const sessions = new TrainSessions(state, { ...TINY_SETTINGS, lora, optimizer: RAW_GRADIENT })
  const minibatch = await aMinibatch(sessions)
  const before = snapshot(state)
  await sessions.update(minibatch, { ...objective, learningRate: 1e8, valueLearningRate: 1e8 } as Objective, NEVER)
  const gradient = difference(before, snapshot(state))
  for (const seed of [1, 2, 3]) {
    const direction = randomDirection(state, seed, moves)
    const analytic = dot(gradient, direction)
    const h = 3e-3
    const loss = (): Promise<number> => {
      sessions.trainedChanged()
      return plainLoss(sessions, minibatch, objective)
    }
    const up = await shifted(state, before, direction, h, loss)
    const down = await shifted(state, before, direction, -h, loss)
    const numeric = (up - down) / (2 * h)
    expect(Math.abs(analytic - numeric) / Math.max(0.02, Math.abs(numeric)), `seed ${seed}: ${analytic} ${numeric}`).toBeLessThan(
      2e-2,
    )
  }
}

function someSequences(): { promptTokens: number[]; completionTokens: number[] }[] {
  const random = createRandom(11)
  const draw = (length: number): number[] => Array.from({ length }, () => random.below(24))
  return [3, 7, 12, 5, 9, 4].map((length, i) => ({ promptTokens: draw(2 + i), completionTokens: draw(length) }))
}

/** Off-policy enough that clips, KL and value clip all act on some tokens. */
async function aMinibatch(sessions: TrainSessions): Promise<Minibatch> {
  const random = createRandom(12)
  const sequences = someSequences()
  const logprobs = await sessions.logprobs(sequences, 'current', 0.8)
  const noise = (base: ArrayLike<number>, size: number): Float32Array =>
    Float32Array.from(base, (value) => value + (random.next() * 2 - 1) * size)
  return {
    sequences: sequences.map((sequence, i): TrainingSequence => {
      const count = sequence.completionTokens.length
      return {
        ...sequence,
        oldLogprobs: noise(logprobs[i]!, 0.4),
        refLogprobs: noise(logprobs[i]!, 0.4),
        advantages: noise(new Float32Array(count), 1),
        returns: noise(new Float32Array(count), 1),
        oldValues: noise(new Float32Array(count), 0.5),
        weight: i === 0 ? 2 : 1,
      }
    }),
  }
}

async function plainLoss(sessions: TrainSessions, minibatch: Minibatch, objective: Objective = POLICY): Promise<number> {
  const logprobs = await sessions.logprobs(minibatch.sequences, 'current', 0.8)
  const values = await sessions.values(minibatch.sequences)
  const entropies = await entropiesOf(sessions, minibatch)
  const join = (parts: readonly Float32Array[]): Float32Array => Float32Array.from(parts.flatMap((part) => [...part]))
  const now = { logprobs: join(logprobs), values: join(values), entropies }
  return evaluateObjective(objective, flattenTokens(minibatch, objective), now).sums.loss
}

/** Entropy from first principles: the log-prob of every token of the vocabulary at every place. */
async function entropiesOf(sessions: TrainSessions, minibatch: Minibatch): Promise<Float32Array> {
  const entropies: number[] = []
  for (const { promptTokens, completionTokens } of minibatch.sequences) {
    for (let t = 0; t < completionTokens.length; t++) {
      const before = [...promptTokens, ...completionTokens.slice(0, t)]
      const every = Array.from({ length: 24 }, (_, token) => ({ promptTokens: before, completionTokens: [token] }))
      const logprobs = await sessions.logprobs(every, 'current', 0.8)
      entropies.push(-logprobs.reduce((sum, [logprob]) => sum + Math.exp(logprob!) * logprob!, 0))
    }
  }
  return Float32Array.from(entropies)
}

type Snapshot = ReadonlyMap<string, Float32Array>

function snapshot(state: ModelState): Snapshot {
  return new Map([...state.trained].map(([name, { data }]) => [name, data.slice()]))
}

function subtract(a: Float32Array, b: Float32Array): Float32Array {
  return a.map((value, i) => value - b[i]!)
}

/** before - after */
function difference(before: Snapshot, after: Snapshot): Snapshot {
  return new Map([...before].map(([name, data]) => [name, subtract(data, after.get(name)!)]))
}

function largest(values: Snapshot): number {
  return Math.max(...[...values.values()].map((data) => data.reduce((most, value) => Math.max(most, Math.abs(value)), 0)))
}

function dot(a: Snapshot, b: Snapshot): number {
  let sum = 0
  for (const [name, data] of a) data.forEach((value, i) => (sum += value * b.get(name)![i]!))
  return sum
}

function randomDirection(state: ModelState, seed: number, moves: (name: string) => boolean): Snapshot {
  const random = createRandom(seed)
  const entries = [...state.trained].map(
    ([name, { data }]) => [name, data.map(() => (moves(name) ? random.next() * 2 - 1 : 0))] as const,
  )
  const norm = Math.sqrt(entries.reduce((sum, [, data]) => sum + data.reduce((part, value) => part + value * value, 0), 0))
  return new Map(entries.map(([name, data]) => [name, data.map((value) => value / norm)]))
}

async function shifted<T>(state: ModelState, base: Snapshot, direction: Snapshot, h: number, run: () => Promise<T>): Promise<T> {
  for (const [name, data] of base) state.trained.get(name)!.data.set(data.map((value, i) => value + h * direction.get(name)![i]!))
  return run()
}
