import { expect, test } from 'vitest'
import { pannedBy, zoomBetween, zoomedBy } from '../../../src-renderer/charts/zoom.ts'

test('a stretch is the same from both sides, in whole steps', () => {
  expect(zoomBetween(3.4, 9.6)).toEqual({ first: 3, last: 10 })
  expect(zoomBetween(9.6, 3.4)).toEqual({ first: 3, last: 10 })
  expect(zoomBetween(-4, 7)).toEqual({ first: 0, last: 7 })
})

test('what is too short to see is no stretch', () => {
  expect(zoomBetween(5, 6.4)).toBeNull()
})

test('half as wide keeps the step where it is; twice as wide is the whole again', () => {
  const near = zoomedBy(1 / 2, 40, null, 80)
  expect(near).toEqual({ first: 20, last: 60 })
  expect(zoomedBy(1 / 2, 20, near, 80)).toEqual({ first: 20, last: 40 })
  expect(zoomedBy(2, 40, near, 80)).toBeNull()
  expect(zoomedBy(2, 79, { first: 76, last: 80 }, 80)).toEqual({ first: 72, last: 80 })
})

test('the closest view stays', () => {
  const closest = { first: 4, last: 6 }
  expect(zoomedBy(1 / 2, 5, closest, 80)).toEqual(closest)
})

test('a stretch that is moved along keeps its width and stops at the ends', () => {
  const shown = { first: 20, last: 40 }
  expect(pannedBy(5, shown, 80)).toEqual({ first: 25, last: 45 })
  expect(pannedBy(-2.4, shown, 80)).toEqual({ first: 18, last: 38 })
  expect(pannedBy(-30, shown, 80)).toEqual({ first: 0, last: 20 })
  expect(pannedBy(1000, shown, 80)).toEqual({ first: 60, last: 80 })
})
