import { expect, test } from 'vitest'
import { sparklinePath } from '../../../src-renderer/charts/sparkline.ts'

test('a sparkline without values is empty', () => {
  expect(sparklinePath([], 96, 24, 1)).toBe('')
  expect(sparklinePath([null, null], 96, 24, 1)).toBe('')
})

test('a sparkline runs from edge to edge, 1 at the top and 0 at the bottom', () => {
  expect(sparklinePath([1, 1], 100, 20, 1)).toBe('M1.0 1.0L99.0 1.0')
  expect(sparklinePath([0, 0], 100, 20, 1)).toBe('M1.0 19.0L99.0 19.0')
})

test('one value alone is a dot', () => {
  expect(sparklinePath([0.5], 100, 20, 1)).toBe('M1.0 10.0h0.01')
})
