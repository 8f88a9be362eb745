import { expect, test } from 'vitest'
import { overlongPenalty } from '#trainer/4-advantages/overlong'

test.each([
  // length, penalty; limit 100, buffer 20
  [0, 0],
  [80, 0],
  [85, -0.25],
  [90, -0.5],
  [100, -1],
  [120, -1],
])('of %d tokens where 100 are the limit and 20 the buffer is %f', (length, penalty) =>
  expect(overlongPenalty(length, 100, 20)).toBe(penalty),
)

test('without a buffer nothing is charged', () => expect(overlongPenalty(100, 100, 0)).toBe(0))
