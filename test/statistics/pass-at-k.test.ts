import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { mean, passAtK, standardDeviation } from '#statistics/pass-at-k'

/** Share of the k-subsets of n draws that hold one of the first c. */
function byCounting(n: number, c: number, k: number): number {
  let [hits, all] = [0, 0]
  for (let subset = 0; subset < 1 << n; subset++) {
    if (bits(subset) !== k) continue
    all++
    if ((subset & ((1 << c) - 1)) !== 0) hits++
  }
  return hits / all
}

function bits(number: number): number {
  return [...number.toString(2)].filter((bit) => bit === '1').length
}

describe('pass@k', () => {
  test('with 1 of 4 passed: pass@1 = 1/4, pass@2 = 1 - 3/6 = 1/2, pass@4 = 1', () => {
    expect([1, 2, 4].map((k) => passAtK(4, 1, k))).toEqual([0.25, 0.5, 1])
  })

  test('is the share of k-subsets that hold a pass', () => {
    const draws = fc
      .integer({ min: 1, max: 10 })
      .chain((n) => fc.tuple(fc.constant(n), fc.nat(n), fc.integer({ min: 1, max: n })))
    fc.assert(fc.property(draws, ([n, c, k]) => void expect(passAtK(n, c, k)).toBeCloseTo(byCounting(n, c, k), 10)))
  })

  test('needs as many draws as k', () => {
    expect(() => passAtK(4, 1, 8)).toThrow('needs at least 8 draws, not 4')
  })
})

test('the deviation of 1, 2, 3, 4 divides by three: sqrt(5 / 3)', () => {
  expect(mean([1, 2, 3, 4])).toBe(2.5)
  expect(standardDeviation([1, 2, 3, 4])).toBeCloseTo(Math.sqrt(5 / 3), 12)
  expect(standardDeviation([7])).toBe(0)
})
