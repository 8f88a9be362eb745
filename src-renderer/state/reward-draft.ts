/** What is typed on the reward bench, as it is kept. */
import type { RewardProfile } from '#contract/reward-profile'
import { readLike } from './setting-changes.ts'

export interface TypedBench {
  /** null: the first that is known. */
  profile: RewardProfile | null
  /** Name under which it is to be saved. */
  name: string
  /** '': the first. */
  taskId: string
  /** A design to score. */
  text: string
  /** Newest steps that are weighed again. */
  stepCount: number
  /** Data set (`starter` or a path) on which cheats are tried, and on how many of its training tasks. */
  attackDataset: string
  attackTasks: number
}

export const FIRST_BENCH: TypedBench = {
  profile: null,
  name: '',
  taskId: '',
  text: '',
  stepCount: 20,
  attackDataset: 'starter',
  attackTasks: 8,
}

/** null where it is no profile of the kind that is known. */
export function readProfile(value: unknown, known: RewardProfile): RewardProfile | null {
  return readLike(known)(value)
}
