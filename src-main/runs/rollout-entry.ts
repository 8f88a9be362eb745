/** What an index says of a rollout. */
import type { RolloutEntry } from '#contract/api'
import { COMPONENTS } from '#contract/components'
import type { RolloutRecord } from '#contract/journal'
import { isScored } from '#contract/score'

export function entryOf(record: RolloutRecord): RolloutEntry {
  const { step, index, group, taskId, family, reward, advantage, completionTokens, isTruncated } = record
  const scores = Object.fromEntries(
    COMPONENTS.map((component) => {
      const score = record.scores[component]
      return [
        component,
        isScored(score) ? { value: score.value, outcome: score.outcome } : { value: null, outcome: 'unscored' as const },
      ]
    }),
  )
  return { step, index, group, taskId, family, reward, advantage, completionTokens, isTruncated, scores }
}
