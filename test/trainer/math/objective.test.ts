import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { TrainingSequence } from '#trainer/flow'
import {
  evaluateObjective,
  flattenTokens,
  tokenWeights,
  type ObjectiveSums,
  type PolicyNow,
  type PolicyObjective,
  type TokenBatch,
} from '#trainer/math/objective'

const OBJECTIVE: PolicyObjective = {
  kind: 'policy',
  temperature: 1,
  clipEpsilonLow: 0.2,
  clipEpsilonHigh: 0.28,
  klCoef: 0,
  entropyCoef: 0,
  lossMean: 'token',
  value: null,
  learningRate: 1,
  valueLearningRate: 1,
}

/** One token of weight 1; what is not named is 0. */
interface Token {
  readonly logprob?: number
  readonly old?: number
  readonly ref?: number
  readonly advantage?: number
  readonly entropy?: number
  readonly value?: number
  readonly oldValue?: number
  readonly target?: number
}
const one = (value = 0): Float32Array => Float32Array.of(value)
const batchOf = (token: Token): TokenBatch => ({
  oldLogprobs: one(token.old),
  refLogprobs: one(token.ref),
  advantages: one(token.advantage),
  returns: one(token.target),
  oldValues: one(token.oldValue),
  weights: one(1),
})
const nowOf = (token: Token): PolicyNow => ({
  logprobs: one(token.logprob),
  entropies: one(token.entropy),
  values: one(token.value),
})

function judge(token: Token, changes: Partial<PolicyObjective> = {}): ObjectiveSums & { slope: number; valueSlope: number } {
  const { sums, logprobGradient, valueGradient } = evaluateObjective({ ...OBJECTIVE, ...changes }, batchOf(token), nowOf(token))
  return { ...sums, slope: logprobGradient[0]!, valueSlope: valueGradient[0]! }
}

describe('the clipped surrogate', () => {
  test.each([
    // ratio, advantage -> loss, slope, clipped low, clipped high
    [1, 2, -2, -2, 0, 0],
    [1.5, 1, -1.28, 0, 0, 1],
    [1.5, -1, 1.5, 1.5, 0, 0],
    [0.5, 1, -0.5, -0.5, 0, 0],
    [0.5, -1, 0.8, 0, 1, 0],
    [1.1, 1, -1.1, -1.1, 0, 0],
  ])('at ratio %f and advantage %f is %f with slope %f', (ratio, advantage, loss, slope, low, high) => {
    const sums = judge({ logprob: Math.log(ratio) - 1, old: -1, advantage })
    expect(sums.loss).toBeCloseTo(loss, 5)
    expect(sums.slope).toBeCloseTo(slope, 5)
    expect(sums.ratio).toBeCloseTo(ratio, 5)
    expect([sums.clipRatioLow, sums.clipRatioHigh]).toEqual([low, high])
  })

  test('stays finite however far a token moved', () => {
    for (const logprob of [-1e4, 0]) {
      for (const advantage of [-1, 1]) expect(Number.isFinite(judge({ logprob, old: -5e3, advantage }).loss)).toBe(true)
    }
  })
})

describe('the value loss', () => {
  test.each([
    // value, old, target -> loss, slope; clip 0.2
    [0.1, 0, 1, 0.405, -0.9],
    // Clipped to 0.2: 1.8² / 2, and no slope.
    [1, 0, 2, 1.62, 0],
    // The free error is the larger: 1 / 2.
    [1, 0, 0, 0.5, 1],
  ])('of value %f, once %f, for the target %f is %f with slope %f', (value, oldValue, target, loss, slope) => {
    const sums = judge({ value, oldValue, target }, { value: { coef: 0.5, clipEpsilon: 0.2 } })
    expect(sums.valueLoss).toBeCloseTo(loss, 5)
    expect(sums.loss).toBeCloseTo(loss / 2, 5)
    expect(sums.valueSlope).toBeCloseTo(slope / 2, 5)
  })
})

test('entropy is a bonus: more of it, less loss', () => {
  expect(judge({ entropy: 2 }, { entropyCoef: 0.01 }).loss).toBeCloseTo(-0.02, 6)
})

test('slopes are those of the loss, by finite differences away from the kinks', () => {
  const number = (min: number, max: number): fc.Arbitrary<number> =>
    fc.integer({ min: min * 64, max: max * 64 }).map((value) => value / 64)
  const tokens = fc.record({
    logprob: number(-3, 0),
    old: number(-3, 0),
    ref: number(-3, 0),
    advantage: number(-2, 2),
    entropy: number(0, 3),
    value: number(-1, 1),
    oldValue: number(-1, 1),
    target: number(-1, 1),
  })
  const changes = { klCoef: 0.3, entropyCoef: 0.1, value: { coef: 0.5, clipEpsilon: 0.2 } }
  const step = 1 / 4096
  fc.assert(
    fc.property(tokens, fc.constantFrom('logprob', 'value'), (token, by) => {
      const loss = (moved: number): number => judge({ ...token, [by]: token[by] + moved }, changes).loss
      const [left, right] = [(loss(0) - loss(-step)) / step, (loss(step) - loss(0)) / step]
      fc.pre(Math.abs(left - right) < 0.02 * Math.max(1, Math.abs(left)))
      const { slope, valueSlope } = judge(token, changes)
      expect(Math.abs((by === 'value' ? valueSlope : slope) - (left + right) / 2)).toBeLessThan(
        0.01 * Math.max(1, Math.abs(left)),
      )
    }),
    { numRuns: 300 },
  )
})

describe('the mean over a minibatch', () => {
  const aSequence = (length: number, weight: number): TrainingSequence => ({
    promptTokens: [1],
    completionTokens: Array(length).fill(2),
    oldLogprobs: new Float32Array(length),
    refLogprobs: null,
    advantages: new Float32Array(length),
    returns: null,
    oldValues: null,
    weight,
  })

  test('counts tokens alike, or sequences alike; a merged sequence as often as it occurred', () => {
    const sequences = [aSequence(1, 1), aSequence(4, 2)]
    // token: 1 + 2 · 4 = 9 tokens. sequence: 3 sequences, the tokens of the second share 2/3.
    expect(tokenWeights(sequences, 'token')).toEqual([1 / 9, 2 / 9])
    expect(tokenWeights(sequences, 'sequence')).toEqual([1 / 3, 1 / 6])
  })

  test('has weights that add up to 1 over all tokens', () => {
    const some = fc.array(fc.tuple(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 8 })), {
      minLength: 1,
      maxLength: 8,
    })
    fc.assert(
      fc.property(some, fc.constantFrom('token', 'sequence'), (shapes, lossMean) => {
        const sequences = shapes.map(([length, weight]) => aSequence(length, weight))
        const { weights } = flattenTokens({ sequences }, { ...OBJECTIVE, lossMean })
        expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 4)
      }),
    )
  })
})
