/**
 * What few seeds say about all seeds. The interval is Student's: means of a few runs are near enough to normal, and with three values the
 * bootstrap knows only ten different resamples, so that its interval is far too narrow (a test shows by how much).
 */
import type { Interval } from './bootstrap.ts'
import { mean, standardDeviation } from './pass-at-k.ts'
import { studentQuantile, studentTail } from './student.ts'

/** Mean of one value per seed with its 95 % interval; null for fewer than two seeds, which say nothing about others. */
export function seedInterval(values: readonly number[]): Interval | null {
  if (values.length < 2) return null
  const centre = mean(values)
  const half = (studentQuantile(values.length - 1) * standardDeviation(values)) / Math.sqrt(values.length)
  return { mean: centre, low: centre - half, high: centre + half }
}

export interface SeedTest extends Interval {
  /** Two-sided, of no difference. */
  readonly pValue: number
}

/** Paired t test of second - first: seed i of one list against seed i of the other. null for fewer than two. Throws RangeError for lists of other lengths. */
export function pairedSeedTest(first: readonly number[], second: readonly number[]): SeedTest | null {
  if (first.length !== second.length) throw new RangeError(`${first.length} seeds and ${second.length} seeds do not pair`)
  const differences = second.map((value, i) => value - first[i]!)
  const interval = seedInterval(differences)
  if (interval === null) return null
  const error = standardDeviation(differences) / Math.sqrt(differences.length)
  const isCertain = error === 0
  const pValue = isCertain ? (interval.mean === 0 ? 1 : 0) : studentTail(interval.mean / error, differences.length - 1)
  return { ...interval, pValue }
}
