import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { KL_ESTIMATORS } from '#contract/algorithm-names'
import {
  evaluateObjective,
  klEstimate,
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

describe('the dual clip', () => {
  const dual = { dualClip: 3 }

  test.each([
    // ratio, advantage -> loss, slope, share at the bound
    [4, -1, 3, 0, 1],
    [2, -1, 2, 2, 0],
    // A positive advantage knows no such bound, and a low ratio is held by its own.
    [4, 1, -1.28, 0, 0],
    [0.5, -1, 0.8, 0, 0],
  ])('of 3 makes of ratio %f and advantage %f the loss %f with slope %f', (ratio, advantage, loss, slope, share) => {
    const sums = judge({ logprob: Math.log(ratio) - 2, old: -2, advantage }, dual)
    expect(sums.loss).toBeCloseTo(loss, 5)
    expect(sums.slope).toBeCloseTo(slope, 5)
    expect(sums.clipRatioDual).toBe(share)
  })

  test('of null changes nothing', () => {
    for (const ratio of [0.3, 1, 5])
      expect(judge({ logprob: Math.log(ratio), advantage: -1 }, { dualClip: null })).toEqual(
        judge({ logprob: Math.log(ratio), advantage: -1 }),
      )
  })
})

describe('estimates of the KL', () => {
  const policy = [0.5, 0.3, 0.2]
  const reference = [0.2, 0.3, 0.5]
  const kl = (p: readonly number[], q: readonly number[]): number => p.reduce((sum, x, i) => sum + x * Math.log(x / q[i]!), 0)
  const meanOver = (measure: (logp: number, logq: number) => number): number =>
    policy.reduce((sum, p, i) => sum + p * measure(Math.log(p), Math.log(reference[i]!)), 0)
  /** Mean gradient of an estimate in the loss by each logit: Σ_i p_i slope_i ([i = j] - p_j). */
  const meanGradient = (slopeOf: (logp: number, logq: number) => number): number[] =>
    policy.map((_, j) =>
      policy.reduce((sum, p, i) => sum + p * slopeOf(Math.log(p), Math.log(reference[i]!)) * ((i === j ? 1 : 0) - policy[j]!), 0),
    )
  /** By finite differences of a divergence in the logits. */
  const gradientOf = (divergence: (p: readonly number[]) => number): number[] =>
    policy.map((_, j) => {
      const at = (step: number): number => {
        const raised = policy.map((p, i) => p * Math.exp(i === j ? step : 0))
        const total = raised.reduce((sum, x) => sum + x, 0)
        return divergence(raised.map((x) => x / total))
      }
      return (at(1e-5) - at(-1e-5)) / 2e-5
    })
  const near = (found: readonly number[], wanted: readonly number[]): void =>
    wanted.forEach((value, i) => expect(found[i]).toBeCloseTo(value, 6))

  test('k1 and k3 have the KL as their mean', () => {
    for (const estimator of ['k1', 'k3'] as const)
      expect(meanOver((p, q) => klEstimate(estimator, p, q).kl)).toBeCloseTo(kl(policy, reference), 10)
  })

  test('k3 is never negative, k1 may be', () => {
    expect(klEstimate('k1', -2, -1).kl).toBe(-1)
    for (const estimator of ['k2', 'k3'] as const)
      for (const p of [-3, -1, 0]) expect(klEstimate(estimator, p, -1).kl >= 0).toBe(true)
  })

  test('in the loss k2 has the gradient of the KL, k1 none at all, and k3 that of the reverse KL', () => {
    const gradientIn = (estimator: 'k1' | 'k2' | 'k3'): number[] => meanGradient((p, q) => klEstimate(estimator, p, q).gradient)
    near(gradientIn('k1'), [0, 0, 0])
    near(
      gradientIn('k2'),
      gradientOf((p) => kl(p, reference)),
    )
    near(
      gradientIn('k3'),
      gradientOf((p) => kl(reference, p)),
    )
  })

  test.each(KL_ESTIMATORS)(
    '%s is 0 with the policy at the reference, and the loss counts it by its coefficient',
    (klEstimator) => {
      expect(judge({ logprob: -1.5, ref: -1.5 }, { klCoef: 1, klEstimator }).kl).toBe(0)
      const { loss, kl: measured } = judge({ logprob: -1, ref: -2 }, { klCoef: 0.25, klEstimator })
      expect(loss).toBeCloseTo(measured / 4, 6)
      expect(measured).toBeCloseTo(klEstimate(klEstimator, -1, -2).kl, 6)
    },
  )
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
  const always = { klCoef: 0.3, entropyCoef: 0.1, value: { coef: 0.5, clipEpsilon: 0.2 } }
  const options = fc.record({ klEstimator: fc.constantFrom(...KL_ESTIMATORS), dualClip: fc.constantFrom(null, 1.5, 3) })
  const step = 1 / 4096
  fc.assert(
    fc.property(tokens, fc.constantFrom('logprob', 'value'), options, (token, by, option) => {
      const changes = { ...always, ...option }
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
