import { describe, expect, test } from 'vitest'
import { meanInterval, pairedInterval } from '#statistics/bootstrap'
import { createRandom } from '#trainer/math/random'

const seeded = (seed: number): (() => number) => createRandom(seed).next

describe('bootstrap intervals', () => {
  test('equal values leave no doubt', () => {
    expect(meanInterval([0.5, 0.5, 0.5], seeded(1))).toEqual({ mean: 0.5, low: 0.5, high: 0.5 })
  })

  test('the same generator gives the same interval', () => {
    const values = Array.from({ length: 50 }, (_, i) => i % 3)
    expect(meanInterval(values, seeded(4))).toEqual(meanInterval(values, seeded(4)))
  })

  test('agree with the normal interval for many tasks: mean ± 1.96 σ / √n', () => {
    const random = createRandom(7)
    const values = Array.from({ length: 1_000 }, () => random.next())
    const { mean, low, high } = meanInterval(values, seeded(1))
    const half = (1.96 * Math.sqrt(1 / 12)) / Math.sqrt(1_000)
    expect(low).toBeCloseTo(mean - half, 2)
    expect(high).toBeCloseTo(mean + half, 2)
  })

  test('pairing takes the difficulty of tasks out: an equal gain everywhere is certain', () => {
    const before = Array.from({ length: 40 }, (_, i) => i / 40)
    const after = before.map((value) => value + 0.1)
    const gain = pairedInterval(before, after, seeded(1))
    expect(gain.low).toBeCloseTo(0.1, 12)
    expect(gain.high).toBeCloseTo(0.1, 12)
  })

  test('the interval of no effect contains 0 in about 95 of 100 cases', () => {
    const misses = Array.from({ length: 200 }, (_, trial) => {
      const random = createRandom(trial)
      const gain = pairedInterval(Array.from({ length: 60 }, random.next), Array.from({ length: 60 }, random.next), seeded(trial))
      return gain.low > 0 || gain.high < 0
    }).filter(Boolean).length
    expect(misses / 200).toBeGreaterThan(0.01)
    expect(misses / 200).toBeLessThan(0.12)
  })

  test('lists of other lengths do not pair', () => {
    expect(() => pairedInterval([1], [1, 2], seeded(1))).toThrow('do not pair')
  })
})
