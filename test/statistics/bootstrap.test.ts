import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { meanInterval, pairedInterval, pairedRateInterval, rateInterval, type Tally } from '#statistics/bootstrap'
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

  test('the interval holds the mean of the differences, and lies between the least and the largest', () => {
    const pairs = fc.array(fc.tuple(fc.integer({ min: 0, max: 8 }), fc.integer({ min: 0, max: 8 })), {
      minLength: 1,
      maxLength: 40,
    })
    fc.assert(
      fc.property(pairs, fc.nat(), (tasks, seed) => {
        const [before, after] = [tasks.map(([b]) => b / 8), tasks.map(([, a]) => a / 8)]
        const gains = tasks.map(([b, a]) => (a - b) / 8)
        const { mean, low, high } = pairedInterval(before, after, seeded(seed))
        expect(mean).toBeCloseTo(gains.reduce((sum, gain) => sum + gain, 0) / gains.length, 12)
        // One rounding of a sum of at most 40 eighths.
        expect(low).toBeLessThanOrEqual(mean + 1e-12)
        expect(high).toBeGreaterThanOrEqual(mean - 1e-12)
        expect(low).toBeGreaterThanOrEqual(Math.min(...gains) - 1e-12)
        expect(high).toBeLessThanOrEqual(Math.max(...gains) + 1e-12)
      }),
      { numRuns: 60 },
    )
  })

  test('sixteen times the tasks make the interval a quarter as wide', () => {
    const few = Array.from({ length: 25 }, (_, i) => i % 5)
    const many = Array.from({ length: 16 }, () => few).flat()
    const width = (values: readonly number[]): number => {
      const { low, high } = meanInterval(values, seeded(2))
      return high - low
    }
    expect(width(many) / width(few)).toBeCloseTo(0.25, 1)
  })

  test('one task, or none, has an interval of no width: it says nothing about others', () => {
    expect(meanInterval([0.3], seeded(1))).toEqual({ mean: 0.3, low: 0.3, high: 0.3 })
    expect(meanInterval([], seeded(1))).toEqual({ mean: 0, low: 0, high: 0 })
  })

  test('lists of other lengths do not pair', () => {
    expect(() => pairedInterval([1], [1, 2], seeded(1))).toThrow('do not pair')
  })
})

describe('intervals of rates', () => {
  const counted = (sums: readonly number[], count = 4): Tally[] => sums.map((sum) => ({ sum, count }))

  test('with as many scored completions for every task are those of the means', () => {
    const sums = Array.from({ length: 30 }, (_, i) => i % 5)
    const rate = rateInterval(counted(sums), seeded(1))!
    const means = meanInterval(
      sums.map((sum) => sum / 4),
      seeded(1),
    )
    for (const key of ['mean', 'low', 'high'] as const) expect(rate[key]).toBeCloseTo(means[key], 12)
  })

  test('count scored completions only: 1 of 1 and 0 of 3 are 1 of 4', () => {
    const tallies = [
      { sum: 1, count: 1 },
      { sum: 0, count: 3 },
      { sum: 0, count: 0 },
    ]
    expect(rateInterval(tallies, seeded(1))!.mean).toBe(0.25)
    expect(rateInterval([{ sum: 0, count: 0 }], seeded(1))).toBeNull()
    expect(pairedRateInterval(tallies, counted([0, 0, 0], 0), seeded(1))).toBeNull()
  })

  test('a gain of the same size everywhere is certain, and lists of other lengths do not pair', () => {
    const gain = pairedRateInterval(counted([0, 1, 2, 3]), counted([1, 2, 3, 4]), seeded(1))!
    expect([gain.low, gain.mean, gain.high]).toEqual([0.25, 0.25, 0.25])
    expect(() => pairedRateInterval(counted([1]), counted([1, 2]), seeded(1))).toThrow('do not pair')
  })

  test('hold the truth in about 95 of 100 simulated sets of 100 tasks, with one completion each and with four', () => {
    for (const count of [1, 4]) {
      const trials = Array.from({ length: 200 }, (_, trial) => {
        const random = createRandom(trial)
        // A task's chance is uniform, so that the truth is 1/2.
        const tallies = Array.from({ length: 100 }, () => {
          const chance = random.next()
          const sum = Array.from({ length: count }, random.next).filter((draw) => draw < chance).length
          return { sum, count }
        })
        return rateInterval(tallies, seeded(trial + 1_000))!
      })
      const held = trials.filter(({ low, high }) => low <= 0.5 && 0.5 <= high).length / trials.length
      expect(held).toBeGreaterThan(0.9)
      expect(held).toBeLessThan(0.99)
    }
  })
})
