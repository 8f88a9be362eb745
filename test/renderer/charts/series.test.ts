import { describe, expect, test } from 'vitest'
import { cumulated, nearest, stepsOf, valueAt } from '../../../src-renderer/charts/series.ts'

const series = (x: number[], y: number[]) => ({ label: 'a', color: 'ink', x, y })

describe('reading a series', () => {
  test('gives the value of the step, else of the last step before it that has one', () => {
    const one = series([1, 2, 3], [0.1, NaN, 0.3])
    expect(valueAt(one, 3)).toEqual({ step: 3, index: 2 })
    expect(valueAt(one, 2)).toEqual({ step: 1, index: 0 })
    expect(valueAt(one, 0)).toBeNull()
  })

  test('without a step gives the newest value', () => {
    expect(valueAt(series([1, 2], [0.1, 0.2]), null)).toEqual({ step: 2, index: 1 })
    expect(valueAt(series([], []), null)).toBeNull()
  })

  test('lists each step with a value once', () => {
    expect(stepsOf([series([1, 2], [1, NaN]), series([1, 5], [3, 4])])).toEqual([1, 5])
  })

  test('finds the nearest step, the earlier one of two equally near', () => {
    expect(nearest([1, 5, 9], 6)).toBe(5)
    expect(nearest([1, 5, 9], 7)).toBe(5)
    expect(nearest([1, 5, 9], 7.1)).toBe(9)
    expect(nearest([1, 5, 9], -3)).toBe(1)
    expect(nearest([1, 5, 9], 30)).toBe(9)
    expect(nearest([], 3)).toBeNull()
  })
})

describe('a stack', () => {
  test('adds each series to those before it', () => {
    const stack = cumulated([series([1, 2], [1, 2]), series([1, 2], [10, 20])])
    expect(stack.map(({ y }) => Array.from(y))).toEqual([
      [1, 2],
      [11, 22],
    ])
  })

  test('counts a missing part as nothing, and a step without any part as missing', () => {
    const stack = cumulated([series([1, 2], [1, NaN]), series([1, 2], [NaN, NaN])])
    expect(stack.map(({ y }) => Array.from(y))).toEqual([
      [1, NaN],
      [1, NaN],
    ])
  })
})
