/** What a chart draws: columns over steps, one element a step. */
import type { AxisScale } from './axis-scale.ts'

export interface Series {
  readonly label: string
  /** Name of a colour token, e.g. `functional` for `--functional`. */
  readonly color: string
  /** Steps, ascending. */
  readonly x: ArrayLike<number>
  /** NaN where the step has no value. */
  readonly y: ArrayLike<number>
  /** Ends of a band around y: an interval, e.g. 95 %, or mean ± deviation. */
  readonly low?: ArrayLike<number>
  readonly high?: ArrayLike<number>
  readonly bandIs?: 'interval' | 'deviation'
  /** Where a point gathers several steps, y is their mean and these are their least and greatest value. */
  readonly lowest?: ArrayLike<number>
  readonly highest?: ArrayLike<number>
  /** Draw the moving average, with the raw values light beneath it. */
  readonly isSmoothed?: boolean
  /** Steps that the average takes; left out: as many as suit the length of the run. */
  readonly smoothingWindow?: number
  readonly isDashed?: boolean
}

/** What happened at a step: a line across the plot. */
export interface StepMark {
  readonly step: number
  /** In words. */
  readonly text: string
}

/** The steps that a plot shows. */
export interface StepAxis {
  readonly last: number
  /** What x counts where it is not steps. */
  readonly unit?: string
  readonly marks: readonly StepMark[]
  /** What lies along it instead of the steps themselves. */
  readonly scale?: AxisScale | null
}

/**
 * rate: 0 to 100 %, always · zero: from 0 upwards · free: as the data lie · stacked: from 0, each series on top of the one before · log: equal factors are
 * equally far apart; what is 0 is left out.
 */
export type Range = 'rate' | 'zero' | 'free' | 'stacked' | 'log'

/** Value of a series at a step: of that step, else of the last step before it that has one; null if there is none. */
export function valueAt(series: Series, step: number | null): { readonly step: number; readonly index: number } | null {
  const end = step === null ? series.x.length : firstNotBelow(series.x, step + 1)
  for (let i = end - 1; i >= 0; i--) {
    if (Number.isFinite(series.y[i]!) && (step === null || series.x[i]! <= step)) return { step: series.x[i]!, index: i }
  }
  return null
}

/** Steps at which any series has a value, ascending, each once. */
export function stepsOf(series: readonly Series[]): number[] {
  const steps = new Set<number>()
  for (const { x, y } of series) for (let i = 0; i < x.length; i++) if (Number.isFinite(y[i]!)) steps.add(x[i]!)
  return [...steps].sort((a, b) => a - b)
}

/** Can all of it be drawn by its logarithm? A 0 is only left out; a value below it would be lost. */
export function isLogarithmic(series: readonly Series[]): boolean {
  const values = series.flatMap(({ y }) => Array.from(y).filter(Number.isFinite))
  return values.every((value) => value >= 0) && values.some((value) => value > 0)
}

/** Place of the first element of an ascending list that is not below `wanted`; the list's length where all are. */
export function firstNotBelow(ascending: ArrayLike<number>, wanted: number): number {
  let low = 0
  let high = ascending.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (ascending[middle]! < wanted) low = middle + 1
    else high = middle
  }
  return low
}

/** The element nearest to `wanted` in an ascending list; null when the list is empty. */
export function nearest(steps: readonly number[], wanted: number): number | null {
  const at = firstNotBelow(steps, wanted)
  const after = steps[at]
  const before = steps[at - 1]
  if (after === undefined) return before ?? null
  if (before === undefined) return after
  return wanted - before <= after - wanted ? before : after
}

/** Running sums over the series, for a stacked picture; a missing value counts as nothing once any part of that step is there. */
export function cumulated(series: readonly Series[]): Series[] {
  const sums = new Map<number, number>()
  return series.map((one) => {
    const y = Array.from(one.x, (step, i) => {
      const sum = (sums.get(step) ?? 0) + (Number.isFinite(one.y[i]!) ? one.y[i]! : 0)
      sums.set(step, sum)
      return Number.isFinite(one.y[i]!) || sum > 0 ? sum : NaN
    })
    return { ...one, y }
  })
}
