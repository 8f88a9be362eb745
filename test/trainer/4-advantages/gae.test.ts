import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { estimateAdvantages, explainedVariance, rewardsToGo, scaledRewards, whitened } from '#trainer/4-advantages/gae'
import { tokenRewards } from '#trainer/4-advantages/kl'

const value = fc.double({ min: -2, max: 2, noNaN: true })
const episode = fc.array(fc.tuple(value, value), { minLength: 1, maxLength: 12 })
const share = fc.double({ min: 0, max: 1, noNaN: true })

/** The definition: Σ_l (γλ)^l d_{t+l}. */
function byDefinition(rewards: number[], values: number[], gamma: number, lambda: number): number[] {
  const deltas = rewards.map((reward, t) => reward + gamma * (values[t + 1] ?? 0) - values[t]!)
  return deltas.map((_, t) => deltas.slice(t).reduce((sum, delta, l) => sum + (gamma * lambda) ** l * delta, 0))
}

describe('generalised advantage estimation', () => {
  test('two tokens, reward 1 at the end, values 0.5 and 0.25, γ 1, λ 0.5: d = -0.25, 0.75; A = 0.125, 0.75', () => {
    const { advantages, returns } = estimateAdvantages([0, 1], [0.5, 0.25], { gamma: 1, gaeLambda: 0.5 })
    expect([...advantages]).toEqual([0.125, 0.75])
    expect([...returns]).toEqual([0.625, 1])
  })

  test('equals its definition', () => {
    fc.assert(
      fc.property(episode, share, share, (tokens, gamma, gaeLambda) => {
        const [rewards, values] = [tokens.map(([r]) => r), tokens.map(([, v]) => v)]
        const { advantages } = estimateAdvantages(rewards, values, { gamma, gaeLambda })
        byDefinition(rewards, values, gamma, gaeLambda).forEach((wanted, t) => expect(advantages[t]).toBeCloseTo(wanted, 4))
      }),
    )
  })

  test('with γ = λ = 1 the returns are the sums of the rewards that follow', () => {
    const { returns } = estimateAdvantages([1, 2, 3], [0.3, -1, 7], { gamma: 1, gaeLambda: 1 })
    ;[6, 5, 3].forEach((sum, t) => expect(returns[t]).toBeCloseTo(sum, 5))
  })
})

describe('whitening', () => {
  test('gives mean 0 and deviation 1 over all tokens of the step', () => {
    const all = whitened([Float32Array.of(1, 2, 3), Float32Array.of(10)]).flatMap((group) => [...group])
    const mean = all.reduce((sum, x) => sum + x, 0) / 4
    expect(mean).toBeCloseTo(0, 6)
    expect(all.reduce((sum, x) => sum + (x - mean) ** 2, 0) / 3).toBeCloseTo(1, 5)
  })

  test('of equal advantages is 0', () => {
    expect(whitened([Float32Array.of(2, 2), Float32Array.of(2)]).map((group) => [...group])).toEqual([[0, 0], [0]])
  })
})

test('scaled rewards have deviation 1 and the mean that they had', () => {
  const all = scaledRewards([Float32Array.of(1, 2, 3), Float32Array.of(10)]).flatMap((tokens) => [...tokens])
  const mean = all.reduce((sum, x) => sum + x, 0) / 4
  expect(mean).toBeCloseTo(4, 5)
  expect(all.reduce((sum, x) => sum + (x - mean) ** 2, 0) / 3).toBeCloseTo(1, 5)
  expect(scaledRewards([Float32Array.of(2, 2)])[0]).toEqual(Float32Array.of(2, 2))
})

test('what follows the tokens of rewards 1, 2, 4 at γ 1/2: 3, 4, 4; it is GAE without values at λ 1', () => {
  const rewards = Float32Array.of(1, 2, 4)
  expect([...rewardsToGo(rewards, 0.5)]).toEqual([3, 4, 4])
  const { advantages } = estimateAdvantages(rewards, [0, 0, 0], { gamma: 0.5, gaeLambda: 1 })
  expect(rewardsToGo(rewards, 0.5)).toEqual(advantages)
})

describe('token rewards', () => {
  test('put the reward at the last token and take the KL from every token', () => {
    const rewards = tokenRewards(1, Float32Array.of(-1, -2), Float32Array.of(-1.5, -1.5), 0.5)
    // k1 = 0.5, -0.5
    expect([...rewards]).toEqual([-0.25, 1.25])
  })

  test('without a reference are zero but for the last', () => {
    expect([...tokenRewards(0.5, new Float32Array(3), null, 0)]).toEqual([0, 0, 0.5])
  })
})

test('explained variance is 1 for perfect values and 0 for constant ones', () => {
  const returns = [Float32Array.of(1, 2, 3)]
  expect(explainedVariance(returns, returns)).toBe(1)
  expect(explainedVariance(returns, [Float32Array.of(2, 2, 2)])).toBe(0)
  expect(explainedVariance([Float32Array.of(2, 2)], [Float32Array.of(1, 3)])).toBe(0)
})
