/** Stored completions weighed again by another reward profile: what the reward would have been, without a model and without a tool. */
import type { Component } from './components.ts'
import type { RewardProfile } from './reward-profile.ts'

export interface WeighedScores {
  /** null: something that the profile asks about was not scored. */
  readonly reward: number | null
  /** What each component adds. */
  readonly parts: Readonly<Record<Component, number>>
}

export interface ReweighOrder {
  readonly runDirectory: string
  readonly profile: RewardProfile
  /** The newest so many steps. */
  readonly stepCount: number
}

export interface Mover {
  readonly step: number
  readonly index: number
  readonly taskId: string
  readonly before: number
  readonly after: number
  /** Against the other completions of the same prompt; null where an advantage is not reckoned inside a group. */
  readonly advantageBefore: number | null
  readonly advantageAfter: number | null
}

/** `before` is as the run weighed it then, `after` by the profile. Means are over the completions that both could weigh. */
export interface ReweighReport {
  readonly steps: readonly { readonly step: number; readonly before: number | null; readonly after: number | null }[]
  readonly completionCount: number
  /** Completions that the profile cannot weigh, because something that it asks about was not scored. */
  readonly unscoredCount: number
  readonly parts: Readonly<Record<Component, number>>
  readonly groupCount: number
  /** Groups whose rewards are all equal: they teach nothing. */
  readonly equalBefore: number
  readonly equalAfter: number
  /** Groups in which another completion is the best. */
  readonly otherBest: number
  /** Pairs of completions of one prompt with different rewards before, and how many of them stand the other way round, or are equal, after. */
  readonly pairCount: number
  readonly turnedPairs: number
  readonly equalledPairs: number
  /** Completions whose standing in their group changes most. */
  readonly movers: readonly Mover[]
}
