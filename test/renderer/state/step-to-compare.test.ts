import { expect, test } from 'vitest'
import { stepToCompare } from '../../../src-renderer/state/step-to-compare.ts'

const steps = [9, 6, 3].map((step) => ({ step, rollouts: [] }))

test('the step before the shown one is compared, else the one after it', () => {
  expect(stepToCompare(steps, 6)).toBe(3)
  expect(stepToCompare(steps, 8)).toBe(6)
  expect(stepToCompare(steps, 3)).toBe(6)
  expect(stepToCompare(steps, 1)).toBe(3)
})

test('of another run the newest step is compared; where there is no other step, none', () => {
  expect(stepToCompare(steps, null)).toBe(9)
  expect(stepToCompare([{ step: 6, rollouts: [] }], 6)).toBeNull()
  expect(stepToCompare([], null)).toBeNull()
})
