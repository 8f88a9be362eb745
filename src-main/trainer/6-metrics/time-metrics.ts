/** Where a step's time went, of which a part is named by stage and the rest is `other`. */
import type { Metrics } from './step-metrics.ts'

/**
 * stages: seconds by `timing_s/<stage>`, of this step alone. stepSeconds: its wall time.
 * What the engine waited for scores counts against the time that nobody paused.
 */
export function timeMetrics(stages: Metrics, stepSeconds: number): Metrics {
  const named = Object.values(stages).reduce((sum, seconds) => sum + seconds, 0)
  const worked = stepSeconds - (stages['timing_s/paused'] ?? 0)
  return {
    ...stages,
    'timing_s/other': Math.max(0, stepSeconds - named),
    'timing_s/step': stepSeconds,
    'perf/score_wait_share': worked > 0 ? (stages['timing_s/scores'] ?? 0) / worked : 0,
  }
}
