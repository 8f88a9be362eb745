import { expect, test } from 'vitest'
import { secondsLeft } from '#datasets/pace'

test('what is left takes as long for each task as what was tried', () => {
  // 4 tasks in 10 s, 12 to come.
  expect(secondsLeft(4, 16, 10)).toBe(30)
})

test('nothing is foretold from two tasks, nor when none is left', () => {
  expect(secondsLeft(2, 16, 10)).toBeNull()
  expect(secondsLeft(16, 16, 10)).toBeNull()
})
