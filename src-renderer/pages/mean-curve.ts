/** Curves of several runs as one series with its band. */
import type { MetricColumn } from '#contract/api'
import { curveOf, meanPoints, type RunCurve } from '#statistics/mean-curve'
import type { Range, Series } from '../charts/series.ts'

export type { RunCurve }

export interface MeanCurve {
  readonly steps: readonly number[]
  readonly y: readonly number[]
  /** Ends of the interval; left out where no step has two runs. */
  readonly band: Pick<Series, 'low' | 'high' | 'bandIs'>
}

/** null where the run does not have the metric. */
export function runCurve(columns: readonly MetricColumn[] | undefined, key: string, isSmoothed: boolean): RunCurve | null {
  const column = columns?.find((one) => one.key === key)
  if (column === undefined || column.steps.length === 0) return null
  return curveOf(column.steps, column.values, isSmoothed)
}

export function meanCurve(curves: readonly RunCurve[], range: Range): MeanCurve {
  const points = meanPoints(curves)
  const clamped = (value: number | undefined): number =>
    value === undefined ? NaN : range === 'rate' ? Math.min(1, Math.max(0, value)) : value
  const hasBand = points.some(({ interval }) => interval !== null)
  return {
    steps: points.map(({ step }) => step),
    y: points.map(({ mean }) => mean),
    band: hasBand
      ? {
          low: points.map(({ interval }) => clamped(interval?.low)),
          high: points.map(({ interval }) => clamped(interval?.high)),
          bandIs: 'interval',
        }
      : {},
  }
}
