/** A sampler that differs from the trainer: what its tokens count, and that the policy is taught as if the trainer had drawn them. */
import { describe, expect, test } from 'vitest'
import { configOf, openEngine, takeSteps } from '#test/support/bandit-run'
import { banditStages } from '#test/support/bandit'
import { correctedSequence, mismatchOf } from '#trainer/5-updates/sampler-correction'
import type { TrainingSequence } from '#trainer/flow'

const sequenceOf = (oldLogprobs: number[], advantage: number, weight = 1): TrainingSequence => ({
  promptTokens: [1],
  completionTokens: oldLogprobs.map((_, t) => 2 + t),
  oldLogprobs: Float32Array.from(oldLogprobs),
  refLogprobs: null,
  advantages: new Float32Array(oldLogprobs.length).fill(advantage),
  returns: null,
  oldValues: null,
  weight,
})

describe('truncated importance sampling', () => {
  test('leaves what both say alike as it is', () => {
    const sequence = sequenceOf([-1, -2], 0.5)
    expect(correctedSequence(sequence, sequence.oldLogprobs, 2)).toEqual(sequence)
    const mismatch = mismatchOf([sequence], [sequence.oldLogprobs], 2)
    expect(mismatch).toEqual({ meanDifference: 0, maxDifference: 0, meanWeight: 1, cappedShare: 0 })
  })

  test('counts a token p_trainer / p_sampler times, the cap at most, and takes ratios against the trainer', () => {
    const sequence = sequenceOf([-1, -1, -1], -0.5)
    const trained = Float32Array.from([-1 + Math.log(1.5), -1 - Math.log(4), -1 + Math.log(3)])
    const { advantages, oldLogprobs } = correctedSequence(sequence, trained, 2)
    expect(oldLogprobs).toBe(trained)
    ;[-0.75, -0.125, -1].forEach((wanted, t) => expect(advantages[t]).toBeCloseTo(wanted, 5))
    const mismatch = mismatchOf([sequence, sequenceOf([-1], 1, 3)], [trained, Float32Array.from([-1])], 2)!
    expect(mismatch.meanWeight).toBeCloseTo((1.5 + 0.25 + 2 + 3) / 6, 5)
    expect(mismatch.cappedShare).toBeCloseTo(1 / 6, 5)
    expect(mismatch.maxDifference).toBeCloseTo(Math.log(4), 5)
    expect(mismatch.meanDifference).toBeCloseTo((Math.log(1.5) + Math.log(4) + Math.log(3)) / 6, 5)
  })

  test('gives the trainer’s expectation over the sampler’s draws, where nothing is capped', () => {
    const sampler = [0.5, 0.3, 0.2]
    const trainer = [0.4, 0.25, 0.35]
    const worth = [1, -2, 3]
    const expected = sampler.reduce((sum, share, i) => {
      const sequence = sequenceOf([Math.log(share)], worth[i]!)
      return sum + share * correctedSequence(sequence, Float32Array.from([Math.log(trainer[i]!)]), 10).advantages[0]!
    }, 0)
    expect(expected).toBeCloseTo(
      trainer.reduce((sum, share, i) => sum + share * worth[i]!, 0),
      5,
    )
  })

  test('has nothing to say without tokens', () => {
    expect(mismatchOf([], [], 2)).toBeNull()
  })
})

describe.each(['grpo', 'ppo', 'rloo', 'reinforce_plus_plus'] as const)(
  '%s beside a sampler that is off by 0.2 nats',
  (algorithm) => {
    const isEven = (tokens: readonly number[]): number => (tokens[0]! % 2 === 0 ? 1 : 0)
    const config = configOf(algorithm, { samplerCorrection: 2, updateEpochs: 1, minibatchSize: 32 })

    test('begins its update at a ratio of 1, and tells the distance', async () => {
      const engine = await openEngine('fake', algorithm)
      const stages = banditStages(config, engine, isEven)
      const rollOut: typeof stages.rollOut = async (...given) => {
        const groups = await stages.rollOut(...given)
        const off = (logprobs: Float32Array): Float32Array => logprobs.map((logprob) => logprob - 0.2)
        return groups.map(({ prompt, rollouts }) => ({
          prompt,
          rollouts: rollouts.map(({ completion, ...rest }) => ({
            ...rest,
            completion: { ...completion, oldLogprobs: off(completion.oldLogprobs) },
          })),
        }))
      }
      const [trace] = await takeSteps(engine, config, 1, isEven, { rollOut })
      expect(trace!.updates[0]!.ratio).toBeCloseTo(1, 3)
      expect(trace!.samplerMismatch!.meanDifference).toBeCloseTo(0.2, 3)
      expect(trace!.samplerMismatch!.meanWeight).toBeCloseTo(Math.exp(0.2), 3)

      const without = { ...config, samplerCorrection: null }
      const [other] = await takeSteps(await openEngine('fake', algorithm), without, 1, isEven, { rollOut })
      expect(other!.updates[0]!.ratio).toBeCloseTo(Math.exp(0.2), 3)
      expect(other!.samplerMismatch).toBeNull()
    })
  },
)
