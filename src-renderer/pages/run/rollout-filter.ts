/** Which completions of a step are shown. */
import { COMPONENTS, type Component } from '#contract/components'
import type { RolloutRecord } from '#contract/journal'
import { kindsInStep, ROLLOUT_KINDS, type RolloutKind, type RolloutSigns } from '#contract/rollout-kinds'
import type { Outcome } from '#contract/score'

export const KIND_LOOKS: Readonly<Record<RolloutKind, { readonly title: string; readonly meaning: string }>> = {
  'compiles-but-wrong': { title: 'Compiles but wrong', meaning: 'It compiles, and its outputs are not those of the reference.' },
  'rewarded-but-fails': {
    title: 'Top reward, yet fails',
    meaning: 'Its reward is in the highest tenth of the step, and its outputs are not those of the reference.',
  },
  refused: { title: 'Refused as a cheat', meaning: 'The guard refused it before any tool saw it; it earns nothing.' },
  unscored: { title: 'Unscored', meaning: 'One of its scores could not be taken, for a reason that it cannot cause.' },
  truncated: { title: 'Truncated', meaning: 'It was cut at the token limit.' },
}

/** Kinds of the rollouts of a step, by their index. */
export function kindsByIndex(records: readonly RolloutRecord[]): ReadonlyMap<number, readonly RolloutKind[]> {
  const kinds = kindsInStep(records.map(signsOf))
  return new Map(records.map(({ index }, i) => [index, kinds[i]!]))
}

export function countsOf(kinds: ReadonlyMap<number, readonly RolloutKind[]>): Readonly<Record<RolloutKind, number>> {
  const counts = Object.fromEntries(ROLLOUT_KINDS.map((kind) => [kind, 0])) as Record<RolloutKind, number>
  for (const own of kinds.values()) for (const kind of own) counts[kind]++
  return counts
}

function signsOf({ reward, isTruncated, scores }: RolloutRecord): RolloutSigns {
  const outcomes = COMPONENTS.map((component) => {
    const score = scores[component]
    return [component, 'value' in score ? score.outcome : 'unscored']
  })
  return { reward, isTruncated, outcomes: Object.fromEntries(outcomes) as Record<Component, Outcome | 'unscored'> }
}
