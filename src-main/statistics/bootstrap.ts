/** Intervals by the percentile bootstrap over tasks: tasks are the units that were drawn, their samples are not independent. */
import { mean } from './pass-at-k.ts'

export interface Interval {
  readonly mean: number
  readonly low: number
  readonly high: number
}

const RESAMPLES = 2_000

/**
 * Mean of one value per task with its 95 % interval. `random` gives uniform numbers in [0, 1); the same generator gives the same interval.
 * Source: Efron and Tibshirani, "An introduction to the bootstrap" (1993), percentile method.
 */
export function meanInterval(values: readonly number[], random: () => number): Interval {
  const centre = mean(values)
  if (values.length < 2) return { mean: centre, low: centre, high: centre }
  const means = Array.from({ length: RESAMPLES }, () => {
    let sum = 0
    for (let i = 0; i < values.length; i++) sum += values[Math.floor(random() * values.length)]!
    return sum / values.length
  }).sort((a, b) => a - b)
  return { mean: centre, low: quantile(means, 0.025), high: quantile(means, 0.975) }
}

/** Mean of after - before over the same tasks in the same order, with its 95 % interval. Throws RangeError for lists of other lengths. */
export function pairedInterval(before: readonly number[], after: readonly number[], random: () => number): Interval {
  if (before.length !== after.length)
    throw new RangeError(`${before.length} tasks before, ${after.length} after: they do not pair`)
  return meanInterval(
    after.map((value, i) => value - before[i]!),
    random,
  )
}

function quantile(sorted: readonly number[], share: number): number {
  const place = share * (sorted.length - 1)
  const below = Math.floor(place)
  const above = Math.min(below + 1, sorted.length - 1)
  return sorted[below]! + (place - below) * (sorted[above]! - sorted[below]!)
}
