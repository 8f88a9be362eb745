import { describe, expect, test } from 'vitest'
import { studentQuantile, studentTail } from '#statistics/student'

describe('Student’s t', () => {
  test('quantiles are those of the printed tables', () => {
    const table = { 1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 10: 2.228, 30: 2.042, 120: 1.98 }
    for (const [freedom, quantile] of Object.entries(table)) expect(studentQuantile(Number(freedom))).toBeCloseTo(quantile, 3)
  })

  test('with one degree of freedom it is Cauchy’s: P(|T| > 1) = 1/2; with two P(|T| > t) = 1 - t / sqrt(2 + t²)', () => {
    expect(studentTail(1, 1)).toBeCloseTo(0.5, 12)
    for (const t of [0, 0.5, 2, 30]) expect(studentTail(t, 2)).toBeCloseTo(1 - t / Math.sqrt(2 + t * t), 12)
  })

  test('its density integrates to the same tail, for odd and even degrees of freedom', () => {
    for (const freedom of [3, 4, 7, 10]) {
      const density = (t: number): number => (1 + (t * t) / freedom) ** (-(freedom + 1) / 2)
      const area = (from: number, to: number): number => {
        const width = (to - from) / 200_000
        return Array.from({ length: 200_000 }, (_, i) => density(from + (i + 0.5) * width) * width).reduce((a, b) => a + b, 0)
      }
      expect(studentTail(1.5, freedom)).toBeCloseTo(1 - area(0, 1.5) / area(0, 400), 5)
    }
  })

  test('many degrees of freedom are the normal distribution; fractions are rounded down', () => {
    expect(studentQuantile(1e9)).toBeCloseTo(1.96, 2)
    expect(studentQuantile(2.9)).toBe(studentQuantile(2))
    expect(() => studentTail(1, 0)).toThrow(RangeError)
  })
})
