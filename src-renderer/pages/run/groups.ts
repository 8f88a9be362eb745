/** The rollouts of a step or of an evaluation, in the order in which a person reads them. */
import type { CompletionSource } from '#contract/completion-source'
import type { RolloutRecord } from '#contract/journal'
import type { Component } from '#contract/components'

export interface RolloutGroupView {
  readonly group: number
  readonly taskId: string
  readonly family: string
  readonly instruction: string
  /** The best first; those without a merit last. */
  readonly rollouts: readonly RolloutRecord[]
  /** Rollouts of the whole group, however few of them are shown. */
  readonly size: number
  /** Over the rollouts that take part; null when none does. */
  readonly meanReward: number | null
  /** Mean of what they are sorted by, over those that have it; null when none does. */
  readonly merit: number | null
  /** All rewards are equal, and no rollout has an advantage; a critic may see one all the same. */
  readonly teachesNothing: boolean
  /** Rollouts whose functional score passed; null where none has that score. */
  readonly passedCount: number | null
}

/** What a rollout is sorted by: its reward; an evaluation pays none, so there the functional score. null: it has none. */
export function meritOf({ reward, scores: { functional } }: RolloutRecord, source: CompletionSource): number | null {
  if (source === 'training') return reward
  return 'value' in functional ? functional.value : null
}

/** Groups, best mean merit first; equal ones by their number. */
export function groupsOf(rollouts: readonly RolloutRecord[], source: CompletionSource = 'training'): RolloutGroupView[] {
  const byGroup = Map.groupBy(rollouts, (rollout) => rollout.group)
  const views = [...byGroup.values()].map((members) => viewOf(members, (rollout) => meritOf(rollout, source)))
  return views.sort((a, b) => compareMerits(a.merit, b.merit) || a.group - b.group)
}

function viewOf(members: readonly RolloutRecord[], merit: (rollout: RolloutRecord) => number | null): RolloutGroupView {
  const first = members[0]!
  const rewards = members.map((rollout) => rollout.reward).filter((reward) => reward !== null)
  return {
    group: first.group,
    taskId: first.taskId,
    family: first.family,
    instruction: first.instruction,
    size: members.length,
    rollouts: members.toSorted((a, b) => compareMerits(merit(a), merit(b)) || a.index - b.index),
    meanReward: meanOf(rewards),
    merit: meanOf(members.map(merit).filter((one) => one !== null)),
    teachesNothing: new Set(rewards).size === 1 && rewards.length > 1 && members.every(hasNoAdvantage),
    passedCount: members.some(({ scores }) => 'value' in scores.functional)
      ? members.filter((rollout) => hasPassed(rollout, 'functional')).length
      : null,
  }
}

function meanOf(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length
}

/** Equal rewards differ from their mean by a rounding error. */
const ROUNDING = 1e-6

function hasNoAdvantage({ advantage }: RolloutRecord): boolean {
  return Math.abs(advantage) < ROUNDING
}

/** Descending, null last. */
function compareMerits(a: number | null, b: number | null): number {
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
