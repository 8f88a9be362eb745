/** Curves of several runs as one: at each step the mean over the runs that have reached it, with its 95 % interval over them. */
import type { Interval } from './bootstrap.ts'
import { mean } from './pass-at-k.ts'
import { seedInterval } from './seeds.ts'
import { movingAverage } from './smooth.ts'

/** Step -> value. */
export type RunCurve = ReadonlyMap<number, number>

export interface MeanPoint {
  readonly step: number
  readonly mean: number
  /** null where a single run has reached the step. */
  readonly interval: Interval | null
}

/** Each run is smoothed for itself: the band is of what is drawn. `window`: see movingAverage. */
export function curveOf(steps: readonly number[], values: readonly number[], isSmoothed: boolean, window?: number): RunCurve {
  const drawn = isSmoothed ? movingAverage(steps, values, window) : values
  return new Map(steps.map((step, i) => [step, drawn[i]!]))
}

export function meanPoints(curves: readonly RunCurve[]): MeanPoint[] {
  const steps = [...new Set(curves.flatMap((curve) => [...curve.keys()]))].sort((a, b) => a - b)
  return steps.map((step) => {
    const values = curves.flatMap((curve) => curve.get(step) ?? [])
    return { step, mean: mean(values), interval: seedInterval(values) }
  })
}
