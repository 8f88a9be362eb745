/** Differences that were measured with several seeds on the same tasks. A difference counts only if it holds for other seeds and for other tasks. */
import { meanInterval, type Interval } from './bootstrap.ts'
import { mean } from './pass-at-k.ts'
import { studentQuantile } from './student.ts'

/** [seeds x tasks]; the same tasks in the same order for every seed. */
export type SeedTable = readonly (readonly number[])[]

/** second - first, seed by seed and task by task; a table of one seed is held against every seed of the other. Throws RangeError if they do not fit. */
export function tableDifference(first: SeedTable, second: SeedTable): number[][] {
  const seedCount = Math.max(first.length, second.length)
  const rowOf = (table: SeedTable, seed: number): readonly number[] => table[table.length === 1 ? 0 : seed] ?? []
  return Array.from({ length: seedCount }, (_, seed) => {
    const [before, after] = [rowOf(first, seed), rowOf(second, seed)]
    if (before.length !== after.length || after.length === 0)
      throw new RangeError(`seed ${seed}: ${before.length} and ${after.length} tasks do not pair`)
    return after.map((value, task) => value - before[task]!)
  })
}

/** Bootstrap with the tasks resampled inside the seeds that were run: says nothing about other seeds. A drawn task is drawn for every seed, as it was measured with every one. */
export function taskInterval(differences: SeedTable, random: () => number): Interval {
  return meanInterval(taskMeans(differences), random)
}

/**
 * Mean difference with a 95 % interval over seeds and tasks both: seeds and tasks are crossed random effects, and the error of the mean is
 * (MS_seeds + MS_tasks) / (seeds x tasks), with Satterthwaite's degrees of freedom. The residual mean square that an unbiased variance would
 * take off is left in, so that the interval errs to the wide side. One seed: the interval over tasks alone, by Student's t.
 * Source: Searle, Casella and McCulloch, "Variance components" (1992), two-way crossed classification; Satterthwaite (1946).
 * Throws RangeError without values.
 */
export function crossedInterval(differences: SeedTable): Interval {
  const [seedCount, taskCount] = [differences.length, differences[0]?.length ?? 0]
  if (seedCount * taskCount === 0) throw new RangeError('there is no difference without seeds and tasks')
  const centre = mean(differences.map(mean))
  const seeds = spread(differences.map(mean), centre, taskCount)
  const tasks = spread(taskMeans(differences), centre, seedCount)
  const sum = seeds.meanSquare + tasks.meanSquare
  if (sum === 0) return { mean: centre, low: centre, high: centre }
  const freedom = sum ** 2 / (weightOf(seeds) + weightOf(tasks))
  const half = studentQuantile(freedom) * Math.sqrt(sum / (seedCount * taskCount))
  return { mean: centre, low: centre - half, high: centre + half }
}

/** `crossedInterval` of shares: what Student's quantile of few seeds says beyond 0 and 1 cannot be. */
export function crossedShareInterval(shares: SeedTable): Interval {
  const { mean: centre, low, high } = crossedInterval(shares)
  return { mean: centre, low: Math.max(0, low), high: Math.min(1, high) }
}

interface Spread {
  readonly meanSquare: number
  readonly freedom: number
}

/** Mean square of one effect; `repeats` values stand behind each of its means. */
function spread(means: readonly number[], centre: number, repeats: number): Spread {
  const freedom = means.length - 1
  if (freedom === 0) return { meanSquare: 0, freedom }
  return { meanSquare: (repeats * means.reduce((sum, value) => sum + (value - centre) ** 2, 0)) / freedom, freedom }
}

function weightOf({ meanSquare, freedom }: Spread): number {
  return freedom === 0 ? 0 : meanSquare ** 2 / freedom
}

/** Mean of each task over the seeds. */
export function taskMeans(table: SeedTable): number[] {
  return (table[0] ?? []).map((_, task) => mean(table.map((row) => row[task]!)))
}
