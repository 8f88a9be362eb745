import { describe, expect, test } from 'vitest'
import { evaluationsLeft, secondsLeft } from '../../../src-renderer/state/time-left.ts'

describe('time left', () => {
  test('is the median step time times the steps to come, so that one slow step does not move it', () => {
    expect(secondsLeft([10, 10, 400, 10, 10], 6)).toBe(60)
  })

  test('takes the mean of the two middle values of an even number', () => {
    expect(secondsLeft([4, 8], 10)).toBe(60)
  })

  test('looks at the last 20 steps only', () => {
    expect(secondsLeft([...Array(100).fill(1000), ...Array(20).fill(2)], 3)).toBe(6)
  })

  test('adds the evaluations to come', () => {
    expect(secondsLeft([10, 10], 6, 30, 2)).toBe(120)
  })

  test('is unknown before two steps are done and when nothing is left', () => {
    expect(secondsLeft([10], 6)).toBeNull()
    expect(secondsLeft([NaN, NaN, 3], 6)).toBeNull()
    expect(secondsLeft([10, 10], 0)).toBeNull()
  })
})

describe('evaluations left', () => {
  test('counts the regular ones and the one after the last step', () => {
    expect(evaluationsLeft(0, 40, 20)).toBe(2)
    expect(evaluationsLeft(20, 40, 20)).toBe(1)
    expect(evaluationsLeft(0, 45, 20)).toBe(3)
    expect(evaluationsLeft(45, 45, 20)).toBe(0)
    expect(evaluationsLeft(10, 45, 0)).toBe(1)
  })
})
