import { expect, test } from 'vitest'
import { timeMetrics } from '#trainer/6-metrics/time-metrics'

test('what no stage takes is other, so that stages and other are the whole step', () => {
  const metrics = timeMetrics({ 'timing_s/rollouts': 5, 'timing_s/scores': 1, 'timing_s/update': 3 }, 10)
  expect(metrics['timing_s/other']).toBeCloseTo(1)
  expect(metrics['timing_s/step']).toBe(10)
})

test('the wait for scores is counted against the time that nobody paused', () => {
  // 2 of the 10 seconds that are left of 40.
  const metrics = timeMetrics({ 'timing_s/rollouts': 8, 'timing_s/scores': 2, 'timing_s/paused': 30 }, 40)
  expect(metrics['perf/score_wait_share']).toBeCloseTo(0.2)
  expect(timeMetrics({ 'timing_s/update': 3 }, 3)['perf/score_wait_share']).toBe(0)
})
