import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { paced } from '../../../src-renderer/charts/paced.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('the first call runs at once; those that follow fast are one run, and none is lost', () => {
  let runs = 0
  const run = paced(100, () => runs++)
  for (let i = 0; i < 5; i++) run()
  expect(runs).toBe(1)
  vi.advanceTimersByTime(100)
  expect(runs).toBe(2)
  vi.advanceTimersByTime(1000)
  expect(runs).toBe(2)
  run()
  expect(runs).toBe(3)
})

test('calls without end run once in each interval', () => {
  let runs = 0
  const run = paced(100, () => runs++)
  for (let ms = 0; ms < 1000; ms += 10) {
    run()
    vi.advanceTimersByTime(10)
  }
  expect(runs).toBeGreaterThanOrEqual(10)
  expect(runs).toBeLessThanOrEqual(11)
})
