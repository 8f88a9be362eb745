import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { thinned } from '#store/thinned'

const line = fc
  .array(fc.double({ noNaN: true, noDefaultInfinity: true }), { maxLength: 400 })
  .map((ys) => ys.map((y, x) => [x, y] as const))

describe('thinned points', () => {
  test('a short line stays as it is', () => {
    expect(
      thinned(
        [
          [0, 3],
          [1, 1],
          [2, 2],
        ],
        3,
      ),
    ).toEqual([
      [0, 3],
      [1, 1],
      [2, 2],
    ])
  })

  test('ends, the lowest and the highest point stay; order stays; there are never more than asked for', () => {
    fc.assert(
      fc.property(line, fc.integer({ min: 4, max: 60 }), (points, maxPoints) => {
        const kept = thinned(points, maxPoints)
        expect(kept.length).toBeLessThanOrEqual(Math.max(maxPoints, 0))
        if (points.length === 0) return
        expect([kept[0], kept.at(-1)]).toEqual([points[0], points.at(-1)])
        const ys = (some: readonly (readonly [number, number])[]): number[] => some.map(([, y]) => y)
        expect(Math.min(...ys(kept))).toBe(Math.min(...ys(points)))
        expect(Math.max(...ys(kept))).toBe(Math.max(...ys(points)))
        expect(kept.every(([x], i) => i === 0 || x > kept[i - 1]![0])).toBe(true)
      }),
    )
  })
})
