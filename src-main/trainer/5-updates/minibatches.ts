/** Training sequences of a step -> minibatches. */
import type { Minibatch, TrainingSequence } from '../flow.ts'
import { createRandom } from '../math/random.ts'

/**
 * Whole groups stay together: a group's advantages cancel on what its completions share, and a part of a group would push that up or down.
 * Groups are shuffled by the seed and packed until `minibatchSize` rollouts are reached.
 */
export function packMinibatches(
  groups: readonly (readonly TrainingSequence[])[],
  minibatchSize: number,
  seed: number,
): Minibatch[] {
  const minibatches: Minibatch[] = []
  let sequences: TrainingSequence[] = []
  let count = 0
  for (const group of createRandom(seed).shuffled(groups)) {
    const size = group.reduce((sum, { weight }) => sum + weight, 0)
    if (count > 0 && count + size > minibatchSize) {
      minibatches.push({ sequences })
      sequences = []
      count = 0
    }
    sequences.push(...group)
    count += size
  }
  return count > 0 ? [...minibatches, { sequences }] : minibatches
}

/**
 * Identical completions of a group as one sequence with their number as weight: the gradient is the same, the work is not.
 * Those whose advantages differ by more than the noise of a batch, because a judge changed its mind, stay apart.
 */
export function mergeDuplicates(group: readonly TrainingSequence[]): TrainingSequence[] {
  const byTokens = new Map<string, TrainingSequence>()
  for (const sequence of group) {
    const key = `${sequence.completionTokens.join()} ${Array.from(sequence.advantages, (advantage) => advantage.toFixed(3)).join()}`
    const known = byTokens.get(key)
    byTokens.set(key, known === undefined ? sequence : { ...known, weight: known.weight + sequence.weight })
  }
  return [...byTokens.values()]
}

/** Whether a group can move the policy at all. */
export function hasAdvantage(group: readonly TrainingSequence[]): boolean {
  return group.some(({ advantages }) => advantages.some((advantage) => advantage !== 0))
}
