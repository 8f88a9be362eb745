import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { thin } from '../../../src-renderer/charts/thin.ts'

const count = (length: number): number[] => Array.from({ length }, (_, i) => i)

describe('thinning', () => {
  test('keeps a short line whole and leaves out steps without a value', () => {
    expect(thin([1, 2, 3], [5, NaN, 7], 10)).toEqual([
      { x: 1, y: 5 },
      { x: 3, y: 7 },
    ])
  })

  test('of nothing is nothing', () => {
    expect(thin([], [], 10)).toEqual([])
    expect(thin([1], [NaN], 10)).toEqual([])
  })

  test('never draws more than four points a bucket, one bucket more for the rounding', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), fc.array(fc.double({ noNaN: true }), { maxLength: 2000 }), (buckets, y) => {
        expect(thin(count(y.length), y, buckets).length).toBeLessThanOrEqual(4 * (buckets + 1))
      }),
    )
  })

  test('loses neither the highest nor the lowest nor the first nor the last value', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), { minLength: 1, maxLength: 2000 }), (y) => {
        const kept = thin(count(y.length), y, 5).map((point) => point.y)
        expect(Math.max(...kept)).toBe(Math.max(...y))
        expect(Math.min(...kept)).toBe(Math.min(...y))
        expect(kept[0]).toBe(y[0])
        expect(kept.at(-1)).toBe(y.at(-1))
      }),
    )
  })

  test('keeps the order of the steps, also where many are missing', () => {
    const x = [...count(300), ...count(300).map((step) => step + 5000)]
    const kept = thin(x, x, 20).map((point) => point.x)
    expect(kept).toEqual(kept.toSorted((a, b) => a - b))
    expect(new Set(kept).size).toBe(kept.length)
  })
})
