/** The rollouts of a step, in the order in which a person reads them. */
import type { RolloutRecord } from '#contract/journal'
import type { Component } from '#contract/components'

export interface RolloutGroupView {
  readonly group: number
  readonly taskId: string
  readonly family: string
  readonly instruction: string
  /** Best reward first; those that take no part last. */
  readonly rollouts: readonly RolloutRecord[]
  /** Rollouts of the whole group, however few of them are shown. */
  readonly size: number
  /** Over the rollouts that take part; null when none does. */
  readonly meanReward: number | null
  /** All rewards are equal, and no rollout has an advantage; a critic may see one all the same. */
  readonly teachesNothing: boolean
  /** Rollouts whose functional score passed; null where none has that score. */
  readonly passedCount: number | null
}

/** Groups of a step, best mean reward first; equal ones by their number. */
export function groupsOf(rollouts: readonly RolloutRecord[]): RolloutGroupView[] {
  const byGroup = Map.groupBy(rollouts, (rollout) => rollout.group)
  return [...byGroup.values()].map(viewOf).sort((a, b) => compareRewards(a.meanReward, b.meanReward) || a.group - b.group)
}

function viewOf(members: readonly RolloutRecord[]): RolloutGroupView {
  const first = members[0]!
  const rewards = members.map((rollout) => rollout.reward).filter((reward) => reward !== null)
  return {
    group: first.group,
    taskId: first.taskId,
    family: first.family,
    instruction: first.instruction,
    size: members.length,
    rollouts: members.toSorted((a, b) => compareRewards(a.reward, b.reward) || a.index - b.index),
    meanReward: rewards.length === 0 ? null : rewards.reduce((sum, reward) => sum + reward, 0) / rewards.length,
    teachesNothing: new Set(rewards).size === 1 && rewards.length > 1 && members.every(hasNoAdvantage),
    passedCount: members.some(({ scores }) => 'value' in scores.functional)
      ? members.filter((rollout) => hasPassed(rollout, 'functional')).length
      : null,
  }
}

/** Equal rewards differ from their mean by a rounding error. */
const ROUNDING = 1e-6

function hasNoAdvantage({ advantage }: RolloutRecord): boolean {
  return Math.abs(advantage) < ROUNDING
}

/** Descending, null last. */
function compareRewards(a: number | null, b: number | null): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null)
  return b - a
}

/** The groups with rollouts that fit, and of these only the ones that do; what is said of a group is still said of the whole. */
export function groupsWith(
  groups: readonly RolloutGroupView[],
  isFitting: (rollout: RolloutRecord) => boolean,
): RolloutGroupView[] {
  return groups
    .map((group) => ({ ...group, rollouts: group.rollouts.filter(isFitting) }))
    .filter(({ rollouts }) => rollouts.length > 0)
}

export function hasPassed(rollout: RolloutRecord, component: Component): boolean {
  const score = rollout.scores[component]
  return 'value' in score && score.outcome === 'passed'
}
