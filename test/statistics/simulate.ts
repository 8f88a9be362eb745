/** Simulated experiments for the laws of the intervals. */
import type { Random } from '#trainer/math/random'

/** Standard normal, Box and Muller. */
export function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next())
}

export function share<T>(trials: readonly T[], isSo: (trial: T) => boolean): number {
  return trials.filter(isSo).length / trials.length
}

export interface Arm {
  /** Change of the log odds of passing against the tasks' own. */
  readonly effect: number
  /** Standard deviation of that change between seeds. */
  readonly seedSpread: number
}

/**
 * Share of passed completions [seeds x tasks]. Tasks differ widely in difficulty, as real ones do; how much an arm helps differs from task to
 * task by `leanings`, the same for all its seeds.
 */
export function simulateArm(
  random: Random,
  difficulties: readonly number[],
  leanings: readonly number[],
  { effect, seedSpread }: Arm,
  size: { readonly seeds: number; readonly samples: number },
): number[][] {
  return Array.from({ length: size.seeds }, () => {
    const seedEffect = effect + seedSpread * normal(random)
    return difficulties.map((difficulty, task) => {
      const chance = 1 / (1 + Math.exp(-(difficulty + seedEffect + leanings[task]!)))
      let passed = 0
      for (let i = 0; i < size.samples; i++) if (random.next() < chance) passed++
      return passed / size.samples
    })
  })
}
