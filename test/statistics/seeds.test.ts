import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { meanInterval, type Interval } from '#statistics/bootstrap'
import { pairedSeedTest, seedInterval } from '#statistics/seeds'
import { createRandom } from '#trainer/math/random'
import { normal, share } from './simulate.ts'

const holds = ({ low, high }: Interval, truth: number): boolean => low <= truth && truth <= high

describe('an interval over seeds', () => {
  test('of 1, 2, 3: mean 2, half width 4.303 x 1 / sqrt(3) = 2.484', () => {
    const { mean, low, high } = seedInterval([1, 2, 3])!
    expect([mean, low, high].map((value) => value.toFixed(3))).toEqual(['2.000', '-0.484', '4.484'])
  })

  test('of three seeds holds the truth in 95 of 100 simulated experiments, where the bootstrap holds it in fewer than 80', () => {
    const random = createRandom(1)
    const trials = Array.from({ length: 1_000 }, () => Array.from({ length: 3 }, () => 0.4 + 0.05 * normal(random)))
    const student = share(trials, (values) => holds(seedInterval(values)!, 0.4))
    expect(student).toBeGreaterThan(0.93)
    expect(student).toBeLessThan(0.97)
    expect(share(trials.slice(0, 200), (values) => holds(meanInterval(values, random.next), 0.4))).toBeLessThan(0.8)
  })

  test('of one seed there is none', () => {
    expect([seedInterval([]), seedInterval([0.3]), pairedSeedTest([0.3], [0.5])]).toEqual([null, null, null])
  })

  test('does not depend on the order of the seeds', () => {
    const seeds = fc.array(fc.tuple(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 0, max: 100 })), {
      minLength: 2,
      maxLength: 8,
    })
    fc.assert(
      fc.property(seeds, (pairs) => {
        const of = (list: [number, number][]) =>
          pairedSeedTest(
            list.map(([a]) => a),
            list.map(([, b]) => b),
          )!
        const [here, there] = [of(pairs), of(pairs.toReversed())]
        for (const key of ['mean', 'low', 'high', 'pValue'] as const) expect(there[key]).toBeCloseTo(here[key], 9)
      }),
    )
  })
})

describe('the paired test over seeds', () => {
  test('differences 1, 2, 3: t = 2 / (1 / sqrt(3)) = 3.464, p = 1 - t / sqrt(2 + t²) = 0.0742', () => {
    expect(pairedSeedTest([0, 0, 0], [1, 2, 3])!.pValue).toBeCloseTo(0.0742, 4)
  })

  test('p is below 0.05 exactly where the interval leaves out 0', () => {
    const random = createRandom(3)
    for (let trial = 0; trial < 300; trial++) {
      const differences = Array.from({ length: 3 }, () => 1 + normal(random))
      const { low, high, pValue } = pairedSeedTest([0, 0, 0], differences)!
      expect(pValue < 0.05).toBe(low > 0 || high < 0)
    }
  })

  test('equal lists differ by nothing, p 1; equal differences leave no doubt, p 0', () => {
    expect(pairedSeedTest([1, 2], [1, 2])).toEqual({ mean: 0, low: 0, high: 0, pValue: 1 })
    expect(pairedSeedTest([1, 2], [2, 3])).toEqual({ mean: 1, low: 1, high: 1, pValue: 0 })
    expect(() => pairedSeedTest([1], [1, 2])).toThrow('do not pair')
  })
})
