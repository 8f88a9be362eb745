import { describe, expect, test } from 'vitest'
import { addedUp } from '../../../src-renderer/charts/axis-scale.ts'

describe('amounts along an axis', () => {
  test('steps add up, and an amount leads back to its step', () => {
    const scale = addedUp([1, 2, 3], [10, 20, 30], 's', 1)!
    expect([0, 1, 2, 3, 2.5].map((step) => scale.placeOf(step))).toEqual([0, 10, 30, 60, 45])
    for (const step of [0, 0.5, 1, 2.25, 3]) expect(scale.stepAt(scale.placeOf(step))).toBeCloseTo(step, 12)
  })

  test('a point that gathers steps counts each of them', () => {
    // Two steps of 10, then two of 20.
    const scale = addedUp([2, 4], [10, 20], 's', 1)!
    expect([1, 2, 3, 4].map((step) => scale.placeOf(step))).toEqual([10, 20, 40, 60])
  })

  test('beyond the last step it goes on at the mean pace, and units divide', () => {
    const scale = addedUp([1, 2], [60, 180], 'min', 60)!
    expect(scale.placeOf(2)).toBe(4)
    expect(scale.placeOf(4)).toBe(8)
    expect(scale.stepAt(8)).toBe(4)
  })

  test('without an amount there is no such axis', () => {
    expect(addedUp([], [], 's', 1)).toBeNull()
    expect(addedUp([1, 2], [0, 0], 's', 1)).toBeNull()
  })
})
