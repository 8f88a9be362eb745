/** Curves of several runs as one: at each step the mean over the runs that have reached it, with its 95 % interval over them. */
import type { MetricColumn } from '#contract/api'
import { seedInterval } from '#statistics/seeds'
import type { Range, Series } from '../charts/series.ts'
import { movingAverage } from '../charts/smooth.ts'

/** Step -> value. */
export type RunCurve = ReadonlyMap<number, number>

export interface MeanCurve {
  readonly steps: readonly number[]
  readonly y: readonly number[]
  /** Ends of the interval; left out where no step has two runs. */
  readonly band: Pick<Series, 'low' | 'high' | 'bandIs'>
}

/** null where the run does not have the metric. Each run is smoothed for itself: the band is of what is drawn. */
export function runCurve(columns: readonly MetricColumn[] | undefined, key: string, isSmoothed: boolean): RunCurve | null {
  const column = columns?.find((one) => one.key === key)
  if (column === undefined || column.steps.length === 0) return null
  const values = isSmoothed ? movingAverage(column.steps, column.values) : column.values
  return new Map(column.steps.map((step, i) => [step, values[i]!]))
}

export function meanCurve(curves: readonly RunCurve[], range: Range): MeanCurve {
  const steps = [...new Set(curves.flatMap((curve) => [...curve.keys()]))].sort((a, b) => a - b)
  const points = steps.map((step) => pointOf(curves.flatMap((curve) => curve.get(step) ?? [])))
  const clamped = (value: number): number => (range === 'rate' ? Math.min(1, Math.max(0, value)) : value)
  const hasBand = points.some(({ low }) => !Number.isNaN(low))
  return {
    steps,
    y: points.map(({ mean }) => mean),
    band: hasBand
      ? { low: points.map(({ low }) => clamped(low)), high: points.map(({ high }) => clamped(high)), bandIs: 'interval' }
      : {},
  }
}

function pointOf(values: readonly number[]): { readonly mean: number; readonly low: number; readonly high: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return seedInterval(values) ?? { mean, low: NaN, high: NaN }
}
