/** Intervals by the percentile bootstrap over tasks: tasks are the units that were drawn, their completions are not independent. */
import { mean } from './pass-at-k.ts'

export interface Interval {
  readonly mean: number
  readonly low: number
  readonly high: number
}

/** What was measured on one task: the sum over its scored completions, and how many these are. */
export interface Tally {
  readonly sum: number
  readonly count: number
}

const RESAMPLES = 2_000

/**
 * Mean of one value per task with its 95 % interval. `random` gives uniform numbers in [0, 1); the same generator gives the same interval.
 * Source: Efron and Tibshirani, "An introduction to the bootstrap" (1993), percentile method.
 */
export function meanInterval(values: readonly number[], random: () => number): Interval {
  return percentileInterval(values.length, mean(values), random, (drawn) => {
    let sum = 0
    for (const task of drawn) sum += values[task]!
    return sum / values.length
  })
}

/** Mean of after - before over the same tasks in the same order, with its 95 % interval. Throws RangeError for lists of other lengths. */
export function pairedInterval(before: readonly number[], after: readonly number[], random: () => number): Interval {
  checkPairs(before, after)
  return meanInterval(
    after.map((value, i) => value - before[i]!),
    random,
  )
}

/** Rate over the scored completions of all tasks, with its 95 % interval. null where nothing was scored. */
export function rateInterval(tallies: readonly Tally[], random: () => number): Interval | null {
  const all = rateOf(tallies, everyIndex(tallies))
  return Number.isNaN(all) ? null : percentileInterval(tallies.length, all, random, (drawn) => rateOf(tallies, drawn))
}

/**
 * Rate after - rate before with its 95 % interval; both rates of a resample are of the same tasks in the same order.
 * null where one side has no scored completion. Throws RangeError for lists of other lengths.
 */
export function pairedRateInterval(before: readonly Tally[], after: readonly Tally[], random: () => number): Interval | null {
  checkPairs(before, after)
  const gain = (drawn: Int32Array): number => rateOf(after, drawn) - rateOf(before, drawn)
  const all = gain(everyIndex(after))
  return Number.isNaN(all) ? null : percentileInterval(after.length, all, random, gain)
}

/** NaN where the drawn tasks have no scored completion. */
function rateOf(tallies: readonly Tally[], drawn: Int32Array): number {
  let [sum, count] = [0, 0]
  for (const task of drawn) {
    sum += tallies[task]!.sum
    count += tallies[task]!.count
  }
  return sum / count
}

function percentileInterval(
  taskCount: number,
  centre: number,
  random: () => number,
  statistic: (drawn: Int32Array) => number,
): Interval {
  if (taskCount < 2) return { mean: centre, low: centre, high: centre }
  const drawn = new Int32Array(taskCount)
  const found = new Float64Array(RESAMPLES)
  for (let i = 0; i < RESAMPLES; i++) {
    for (let place = 0; place < taskCount; place++) drawn[place] = Math.floor(random() * taskCount)
    found[i] = statistic(drawn)
  }
  // Resamples without any scored completion have no rate.
  const sorted = found.filter((value) => !Number.isNaN(value)).sort()
  return { mean: centre, low: quantile(sorted, 0.025), high: quantile(sorted, 0.975) }
}

function everyIndex(items: readonly unknown[]): Int32Array {
  return Int32Array.from(items.keys())
}

function checkPairs(before: readonly unknown[], after: readonly unknown[]): void {
  if (before.length !== after.length)
    throw new RangeError(`${before.length} tasks before, ${after.length} after: they do not pair`)
}

function quantile(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1)
  const below = Math.floor(place)
  const above = Math.min(below + 1, sorted.length - 1)
  return sorted[below]! + (place - below) * (sorted[above]! - sorted[below]!)
}
