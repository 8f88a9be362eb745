import { expect, test } from 'vitest'
import { nextPlace } from '../../../src-renderer/components/arrow-keys.ts'

test('arrows go to the next and the one before, and stay at the ends', () => {
  expect(nextPlace('ArrowDown', 0, 3)).toBe(1)
  expect(nextPlace('ArrowUp', 1, 3)).toBe(0)
  expect(nextPlace('ArrowDown', 2, 3)).toBeNull()
  expect(nextPlace('ArrowUp', 0, 3)).toBeNull()
})

test('Home and End go to the ends; other keys and other places go nowhere', () => {
  expect(nextPlace('End', 0, 3)).toBe(2)
  expect(nextPlace('Home', 2, 3)).toBe(0)
  expect(nextPlace('Enter', 1, 3)).toBeNull()
  expect(nextPlace('ArrowDown', -1, 3)).toBeNull()
})
