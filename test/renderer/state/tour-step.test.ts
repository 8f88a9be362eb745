import { expect, test } from 'vitest'
import { isTourOver, tourStepOf } from '../../../src-renderer/state/tour-step.ts'

test('the tour goes on at the step that was kept', () => {
  expect([tourStepOf('1'), tourStepOf('3')]).toEqual([1, 3])
})

test('nothing is shown before it began, after it was closed, and of what no tour stores', () => {
  expect([null, 'closed', '4', '0', 'x', ''].map(tourStepOf)).toEqual([null, null, null, null, null, null])
  expect([isTourOver('closed'), isTourOver(null), isTourOver('2')]).toEqual([true, false, false])
})
