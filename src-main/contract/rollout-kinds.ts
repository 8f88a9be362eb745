/** Kinds of completions that a person looks for: one law for the filter of a step and for the search over a run. */
import type { Component } from './components.ts'
import type { Outcome } from './score.ts'

export const ROLLOUT_KINDS = ['compiles-but-wrong', 'rewarded-but-fails', 'refused', 'unscored', 'truncated'] as const
export type RolloutKind = (typeof ROLLOUT_KINDS)[number]

/** What a kind is told by. */
export interface RolloutSigns {
  readonly reward: number | null
  readonly isTruncated: boolean
  readonly outcomes: Readonly<Record<Component, Outcome | 'unscored'>>
}

/** Share of a step's completions that count as its best paid. */
const BEST_PAID_SHARE = 0.1

/** The kinds of each rollout of one step: what is well paid is told by the others. */
export function kindsInStep(rollouts: readonly RolloutSigns[]): readonly RolloutKind[][] {
  const bestPaid = bestPaidFrom(rollouts)
  return rollouts.map(({ reward, isTruncated, outcomes }) => {
    const isWrong = outcomes.functional !== 'passed' && outcomes.functional !== 'unscored'
    const isOf: Readonly<Record<RolloutKind, boolean>> = {
      'compiles-but-wrong': outcomes.compilation === 'passed' && isWrong,
      'rewarded-but-fails': isWrong && reward !== null && reward >= bestPaid,
      refused: outcomes.compilation === 'refused',
      unscored: Object.values(outcomes).includes('unscored'),
      truncated: isTruncated,
    }
    return ROLLOUT_KINDS.filter((kind) => isOf[kind])
  })
}

/** Least reward of the best paid; where nothing is paid, nobody is. */
function bestPaidFrom(rollouts: readonly RolloutSigns[]): number {
  const rewards = rollouts.flatMap(({ reward }) => (reward === null ? [] : [reward])).sort((a, b) => b - a)
  const last = rewards[Math.ceil(rewards.length * BEST_PAID_SHARE) - 1]
  return last !== undefined && last > 0 ? last : Infinity
}

/** Steps of a run with completions of a kind. */
export interface FoundRollouts {
  /** Newest first. */
  readonly steps: readonly { readonly step: number; readonly count: number; readonly of: number }[]
  /** Where the search goes on: steps before this one were not looked through; null: there are none. */
  readonly before: number | null
}
