import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { LossMean, Objective, TrainingSequence } from '#trainer/flow'
import { evaluateObjective, flattenTokens, lossMeanOf, statsOf, tokenWeights } from '#trainer/math/objective'

const aSequence = (length: number, weight = 1): TrainingSequence => ({
  promptTokens: [1],
  completionTokens: Array<number>(length).fill(2),
  oldLogprobs: new Float32Array(length).fill(-1),
  refLogprobs: null,
  advantages: new Float32Array(length).fill(1),
  returns: null,
  oldValues: null,
  weight,
})
const objectiveOf = (lossMean: LossMean): Objective => ({
  kind: 'policy',
  temperature: 1,
  clipEpsilonLow: 0.2,
  clipEpsilonHigh: 0.2,
  klCoef: 0,
  entropyCoef: 0,
  lossMean,
  value: null,
  learningRate: 1,
  valueLearningRate: 1,
})

describe('what a token counts', () => {
  // Lengths 1 and 4, of which the second occurred twice: 9 tokens, 3 rollouts.
  const sequences = [aSequence(1), aSequence(4, 2)]

  test('dapo: tokens alike, 1/9 each', () => expect(tokenWeights(sequences, 'token')).toEqual([1 / 9, 2 / 9]))

  test('grpo: rollouts alike, 1/3 each, shared by their tokens', () =>
    expect(tokenWeights(sequences, 'sequence')).toEqual([1 / 3, 1 / 6]))

  test('dr_grpo: 1 / (3 rollouts x limit 10), whatever the lengths', () =>
    expect(tokenWeights(sequences, { tokensPerRollout: 10 })).toEqual([1 / 30, 2 / 30]))

  test('bnpo: in local batches of 2, tokens alike inside and batches alike', () => {
    // Lengths 1, 4 | 4: (1/5, 1/5) / 2 and (1/4) / 2.
    const [first, second] = tokenWeights(sequences, { localRollouts: 2 })
    expect(first).toBeCloseTo(1 / 10, 12)
    expect(second).toBeCloseTo(1 / 10 + 1 / 8, 12)
  })

  test('a loss type names its mean', () => {
    const sizes = { microbatchSize: 8, maxCompletionTokens: 200 }
    expect(lossMeanOf('grpo', sizes)).toBe('sequence')
    expect(lossMeanOf('bnpo', sizes)).toEqual({ localRollouts: 8 })
    expect(lossMeanOf('dapo', sizes)).toBe('token')
    expect(lossMeanOf('dr_grpo', sizes)).toEqual({ tokensPerRollout: 200 })
  })
})

describe('over any minibatch', () => {
  const shapes = fc.array(fc.tuple(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 8 })), {
    minLength: 1,
    maxLength: 8,
  })
  const totalOf = (parts: readonly TrainingSequence[], lossMean: LossMean): number =>
    flattenTokens({ sequences: parts }, objectiveOf(lossMean)).weights.reduce((sum, weight) => sum + weight, 0)

  test('the weights of grpo, bnpo and dapo add up to 1', () => {
    fc.assert(
      fc.property(shapes, fc.constantFrom<LossMean[]>('token', 'sequence', { localRollouts: 3 }), (some, mean) => {
        expect(
          totalOf(
            some.map(([length, weight]) => aSequence(length, weight)),
            mean,
          ),
        ).toBeCloseTo(1, 4)
      }),
    )
  })

  test('those of dr_grpo to the mean length over the limit', () => {
    const parts = [aSequence(5), aSequence(3)]
    expect(totalOf(parts, { tokensPerRollout: 8 })).toBeCloseTo(0.5, 6)
  })

  test('bnpo with one local batch is dapo, and with batches of one it is grpo', () => {
    fc.assert(
      fc.property(shapes, (some) => {
        const parts = some.map(([length]) => aSequence(length))
        const close = (a: number[], b: number[]): void => a.forEach((weight, i) => expect(weight).toBeCloseTo(b[i]!, 10))
        close(tokenWeights(parts, { localRollouts: 100 }), tokenWeights(parts, 'token'))
        close(tokenWeights(parts, { localRollouts: 1 }), tokenWeights(parts, 'sequence'))
      }),
    )
  })

  test('a rollout without tokens counts where rollouts are counted and nowhere else', () => {
    const [one, none] = [aSequence(4), aSequence(0)]
    expect(tokenWeights([one, none], 'token')[0]).toBe(1 / 4)
    expect(tokenWeights([one, none], 'sequence')[0]).toBe(1 / 8)
    expect(tokenWeights([one, none], { tokensPerRollout: 10 })[0]).toBe(1 / 20)
  })

  test('what is measured is a mean over tokens, whatever the loss divides by', () => {
    for (const mean of ['token', 'sequence', { localRollouts: 2 }, { tokensPerRollout: 50 }] as LossMean[]) {
      const objective = objectiveOf(mean)
      const batch = flattenTokens({ sequences: [aSequence(3), aSequence(5), aSequence(0)] }, objective)
      const now = { logprobs: new Float32Array(8).fill(-1), entropies: new Float32Array(8).fill(0.5), values: null }
      const { ratio, entropy } = statsOf([evaluateObjective(objective, batch, now).sums], 0, 8)
      expect(ratio).toBeCloseTo(1, 5)
      expect(entropy).toBeCloseTo(0.5, 5)
    }
  })
})
