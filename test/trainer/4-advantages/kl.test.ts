import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { k1Tokens, meanK3 } from '#trainer/4-advantages/kl'
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
