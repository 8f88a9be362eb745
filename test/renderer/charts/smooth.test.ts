import { describe, expect, test } from 'vitest'
import { movingAverage, smoothingWindow } from '../../../src-renderer/charts/smooth.ts'

describe('the moving average', () => {
  test('is the mean of the last values, of fewer at the start', () => {
    // 2 | (2+4)/2 | (2+4+6)/3 | (4+6+8)/3
    expect([...movingAverage([2, 4, 6, 8], 3)]).toEqual([2, 3, 4, 6])
  })

  test('leaves out missing values instead of counting them as 0', () => {
    expect([...movingAverage([2, NaN, 6], 3)]).toEqual([2, 2, 4])
  })

  test('is NaN where the window holds no value', () => {
    expect([...movingAverage([NaN, NaN, 3], 2)]).toEqual([NaN, NaN, 3])
  })

  test('of window 1 is the line itself', () => {
    expect([...movingAverage([0.1, 0.7, 0.2], 1)]).toEqual([0.1, 0.7, 0.2])
  })

  test('refuses a window that is not a positive whole number', () => {
    expect(() => movingAverage([1], 0)).toThrow(RangeError)
    expect(() => movingAverage([1], 1.5)).toThrow(RangeError)
  })
})

test('the window is 8 steps and grows with runs of more than 320', () => {
  expect([0, 40, 320, 1000].map(smoothingWindow)).toEqual([8, 8, 8, 25])
})
