import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { adaptedKlCoef, completionKl, k1Tokens, meanK3 } from '#trainer/4-advantages/kl'
import { k3 } from '#trainer/math/objective'

describe('the KL', () => {
  const distribution = fc
    .array(fc.double({ min: 0.05, max: 1, noNaN: true }), { minLength: 5, maxLength: 5 })
    .map((parts) => parts.map((part) => part / parts.reduce((sum, value) => sum + value, 0)))

  test('k3 and k1 are right on average: weighed by p they add up to Σ p log(p / q), and k3 is never negative', () => {
    fc.assert(
      fc.property(distribution, distribution, (p, q) => {
        const kl = p.reduce((sum, share, i) => sum + share * Math.log(share / q[i]!), 0)
        const k3s = p.map((share, i) => k3(Math.log(share), Math.log(q[i]!)))
        const k1s = k1Tokens(p.map(Math.log), q.map(Math.log))
        expect(k3s.every((value) => value >= 0)).toBe(true)
        expect(k3s.reduce((sum, value, i) => sum + p[i]! * value, 0)).toBeCloseTo(kl, 10)
        expect(k1s.reduce((sum, value, i) => sum + p[i]! * value, 0)).toBeCloseTo(kl, 5)
      }),
    )
  })

  test('of a policy to itself is exactly 0', () => {
    expect(k3(-1.25, -1.25)).toBe(0)
    expect(meanK3([Float32Array.of(-1, -2)], [Float32Array.of(-1, -2)])).toBe(0)
    expect(meanK3([], [])).toBe(0)
  })

  test('is a mean over tokens, not over sequences', () => {
    const away = k3(-1, -2)
    expect(
      meanK3([Float32Array.of(-1), Float32Array.of(-1, -1, -1)], [Float32Array.of(-2), Float32Array.of(-1, -1, -1)]),
    ).toBeCloseTo(away / 4, 12)
  })
})

test('a completion is charged the sum over its tokens', () => {
  const [logprobs, reference] = [Float32Array.of(-1, -2), Float32Array.of(-1.5, -1.5)]
  expect(completionKl('k1', logprobs, reference)).toBeCloseTo(0, 6)
  expect(completionKl('k2', logprobs, reference)).toBeCloseTo(0.25, 6)
})

describe('the steered KL coefficient', () => {
  const step = { targetKl: 0.1, klHorizon: 1000, rollouts: 100 }

  test('at the target stays, at 0.11 grows by 0.1 · 100 / 1000', () => {
    expect(adaptedKlCoef(0.5, 0.1, step)).toBe(0.5)
    expect(adaptedKlCoef(0.5, 0.11, step)).toBeCloseTo(0.505, 10)
  })

  test('moves by at most a fifth of rollouts / horizon, up or down', () => {
    expect(adaptedKlCoef(0.5, 10, step)).toBeCloseTo(0.51, 10)
    expect(adaptedKlCoef(0.5, -10, step)).toBeCloseTo(0.49, 10)
  })
})
