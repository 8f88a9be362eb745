import { expect, test } from 'vitest'
import { curvesOf, extentOf, partOf, ThinnedCurves, thinCurves } from '../../../src-renderer/charts/curves.ts'
import type { Series } from '../../../src-renderer/charts/series.ts'

const x = Array.from({ length: 10_000 }, (_, i) => i + 1)
const wave: Series = { label: 'wave', color: 'plain', x, y: x.map((step) => Math.sin(step / 7)) }
const shown = (first: number, last: number) => ({ first, last, width: 300, placeOf: (step: number) => step })

test('what is shown has a point beyond either end, so that lines run on to the edges', () => {
  const few = { ...wave, x: [1, 2, 3, 4, 5, 6], y: [1, 2, 3, 4, 5, 6] }
  const [line] = thinCurves(curvesOf([few], 'free'), shown(3, 4))
  expect(line!.points.map((point) => point.x)).toEqual([2, 3, 4, 5])
})

test('a stretch that moves along keeps the points that stay in sight', () => {
  const curves = curvesOf([wave], 'free')
  const inner = (first: number) => {
    const [line] = thinCurves(curves, shown(first, first + 5000))
    return line!.points.map((point) => point.x).filter((step) => step > 2100 && step < 6900)
  }
  expect(inner(2000)).toEqual(inner(2050))
})

test('smoothed series have their single steps beneath them, gathered ones their least and greatest', () => {
  const gathered = { ...wave, x: [1, 2], y: [0.5, 0.6], lowest: [0.1, 0.2], highest: [0.9, 1], isSmoothed: true }
  const curves = curvesOf([gathered], 'rate')
  expect(curves.map(({ kind }) => kind)).toEqual(['raw', 'line'])
  expect(extentOf(thinCurves(curves, shown(0, 3)))).toEqual({ least: 0.1, greatest: 1 })
})

test('stacked series lie on each other', () => {
  const parts = [1, 2].map((value) => ({ label: `${value}`, color: 'plain', x: [1, 2], y: [value, value] }))
  const [low, high] = curvesOf(parts, 'stacked')
  expect([Array.from(low!.y), low!.lower, Array.from(high!.y), Array.from(high!.lower!)]).toEqual([[1, 1], null, [3, 3], [1, 1]])
})

test('what is not above 0 has no logarithm and is left out', () => {
  const [line] = thinCurves(curvesOf([{ ...wave, x: [1, 2, 3], y: [0, 1, 10] }], 'log'), shown(0, 4))
  expect(line!.points.map((point) => point.y)).toEqual([1, 10])
})

test('a strip of a curve has the points beside it too, and keeps how it is drawn', () => {
  const [line] = thinCurves(curvesOf([{ ...wave, x: [1, 2, 3, 4, 5, 6], y: [1, 2, 3, 4, 5, 6] }], 'free'), shown(1, 6))
  const strip = partOf(line!, 4, 4.5)
  expect(strip.points.map((point) => point.x)).toEqual([2, 3, 4, 5, 6])
  expect(strip.hasDots).toBe(true)
})

test('nothing has no extent', () => {
  expect(extentOf(thinCurves(curvesOf([], 'free'), shown(0, 1)))).toBeNull()
})

test('what moves along within its neighbourhood is thinned once, and has what is thinned for it alone', () => {
  const curves = curvesOf([wave], 'free')
  const placeOf = (step: number): number => step
  const at = (first: number) => ({ first, last: first + 2000, width: 300, placeOf })
  const thinned = new ThinnedCurves()
  const made = thinned.of(curves, at(4000))
  expect([thinned.of(curves, at(4500)), thinned.of(curves, at(2000))]).toEqual([made, made])
  expect(thinned.of(curves, at(4500))).toBe(made)
  const [alone] = thinCurves(curves, at(4500))
  const inside = (points: readonly { readonly x: number }[]) => points.filter(({ x: place }) => place > 4520 && place < 6480)
  expect(inside(made[0]!.points)).toEqual(inside(alone!.points))
  expect(thinned.of(curves, at(6500))).not.toBe(made)
  expect(thinned.of(curves, { ...at(6500), last: 7000 })).not.toBe(thinned.of(curves, at(6500)))
})
