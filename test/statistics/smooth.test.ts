import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { movingAverage, smoothingWindow } from '#statistics/smooth'

const average = (y: readonly number[], window: number): number[] =>
  Array.from(
    movingAverage(
      y.map((_, i) => i),
      y,
      window,
    ),
  )

describe('the moving average', () => {
  test('is the mean of the last values, of fewer at the start', () => {
    // 2 | (2+4)/2 | (2+4+6)/3 | (4+6+8)/3
    expect(average([2, 4, 6, 8], 3)).toEqual([2, 3, 4, 6])
  })

  test('leaves out missing values instead of counting them as 0', () => {
    expect(average([2, NaN, 6], 3)).toEqual([2, 2, 4])
  })

  test('is NaN where the window holds no value', () => {
    expect(average([NaN, NaN, 3], 2)).toEqual([NaN, NaN, 3])
  })

  test('of window 1 is the line itself', () => {
    expect(average([0.1, 0.7, 0.2], 1)).toEqual([0.1, 0.7, 0.2])
  })

  test('counts its window in steps, not in points', () => {
    // Window (step - 10, step]: 4 | 4, 8 | 8, 6 at step 18 | 6 alone beyond.
    expect([...movingAverage([1, 9, 18], [4, 8, 6], 10)]).toEqual([4, 6, 7])
  })

  test('is what summing each window anew gives, also around a value that dwarfs all others', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.double({ min: -1, max: 1, noNaN: true }), fc.constant(NaN), fc.constant(1e30)), { maxLength: 200 }),
        fc.integer({ min: 1, max: 50 }),
        (y, window) => {
          const smooth = average(y, window)
          smooth.forEach((mean, i) => {
            const values = y.slice(Math.max(0, i - window + 1), i + 1).filter(Number.isFinite)
            if (values.length === 0) expect(mean).toBeNaN()
            else
              expect(mean).toBeCloseTo(
                values.reduce((sum, value) => sum + value, 0) / values.length,
                values.includes(1e30) ? -17 : 9,
              )
          })
        },
      ),
    )
  })

  test('refuses a window that is not above 0', () => {
    expect(() => movingAverage([1], [1], 0)).toThrow(RangeError)
  })
})

test('the window is 8 steps and grows with runs of more than 320', () => {
  expect([0, 40, 320, 1000].map(smoothingWindow)).toEqual([8, 8, 8, 25])
})
