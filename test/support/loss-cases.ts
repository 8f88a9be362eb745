/** The combinations of a policy loss's options, and tokens on which each of them acts: what every way to compute the loss is held against. */
import { expect } from 'vitest'
import { KL_ESTIMATORS } from '#contract/algorithm-names'
import type { LossMean, Minibatch, UpdateStats } from '#trainer/flow'
import type { PolicyNow, PolicyObjective } from '#trainer/math/objective'
import { createRandom, type Random } from '#trainer/math/random'

const LENGTHS = [7, 3, 12, 1]
export const LOSS_TOKENS = LENGTHS.reduce((sum, length) => sum + length, 0)

const MEANS: LossMean[] = ['token', 'sequence', { localRollouts: 2 }, { tokensPerRollout: 16 }]
export const LOSS_CASES = KL_ESTIMATORS.flatMap((klEstimator) =>
  [null, 1.3].flatMap((dualClip) => MEANS.map((lossMean) => ({ klEstimator, dualClip, lossMean }))),
)

export function lossObjective(changes: Partial<PolicyObjective>): PolicyObjective {
  return {
    kind: 'policy',
    temperature: 1,
    clipEpsilonLow: 0.2,
    clipEpsilonHigh: 0.28,
    klCoef: 0.3,
    entropyCoef: 0.1,
    lossMean: 'token',
    value: { coef: 0.5, clipEpsilon: 0.2 },
    learningRate: 1,
    valueLearningRate: 1,
    ...changes,
  }
}

/** Sequences of unlike lengths, one of them a duplicate's, with what the policy says of their tokens now. */
export function lossTokens(): { minibatch: Minibatch; now: PolicyNow & { values: Float32Array } } {
  const random = createRandom(5)
  const logprobs = around(random, new Float32Array(LOSS_TOKENS).fill(-1.5), 1)
  let start = 0
  const sequences = LENGTHS.map((length, i) => {
    const own = logprobs.subarray(start, (start += length))
    return {
      promptTokens: [1],
      completionTokens: Array<number>(length).fill(2),
      oldLogprobs: around(random, own, 0.6),
      refLogprobs: around(random, own, 1),
      advantages: around(random, new Float32Array(length), 1),
      returns: around(random, new Float32Array(length), 1),
      oldValues: around(random, new Float32Array(length), 0.5),
      weight: i === 1 ? 2 : 1,
    }
  })
  const entropies = around(random, new Float32Array(LOSS_TOKENS).fill(1), 1)
  return { minibatch: { sequences }, now: { logprobs, entropies, values: around(random, new Float32Array(LOSS_TOKENS), 1) } }
}

function around(random: Random, base: ArrayLike<number>, size: number): Float32Array {
  return Float32Array.from(base, (value) => value + (random.next() * 2 - 1) * size)
}

/** Relative to numbers above 1. */
export function expectStats(found: UpdateStats, wanted: UpdateStats, bound: number): void {
  for (const key of Object.keys(wanted) as (keyof UpdateStats)[]) {
    const error = Math.abs(found[key] - wanted[key])
    expect(error, `${key}: ${found[key]} beside ${wanted[key]}`).toBeLessThanOrEqual(bound * Math.max(1, Math.abs(wanted[key])))
  }
}
