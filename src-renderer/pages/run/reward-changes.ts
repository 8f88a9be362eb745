/** Changes of the reward while a run goes on, in words: lines on its charts. */
import type { JournalEvent } from '#contract/journal'
import type { RewardProfile } from '#contract/reward-profile'
import type { StepMark } from '../../charts/series.ts'
import { formatNumber } from '../../format/number.ts'

/** One mark a change, in order. `initial`: the profile that the run began with. A change that changes nothing has no mark. */
export function rewardChanges(events: readonly JournalEvent[], initial: RewardProfile): StepMark[] {
  let before = initial
  const marks: StepMark[] = []
  for (const event of events) {
    if (event.type !== 'reward.changed') continue
    const words = differences(before, event.profile)
    if (words !== '') marks.push({ step: event.step, text: `reward changed: ${words}` })
    before = event.profile
  }
  return marks
}

function differences(before: RewardProfile, after: RewardProfile): string {
  const components = Object.keys(after.weights) as (keyof RewardProfile['weights'])[]
  const weights = components
    .filter((component) => before.weights[component] !== after.weights[component])
    .map((component) => `${component} ${formatNumber(before.weights[component])} → ${formatNumber(after.weights[component])}`)
  const rules = (['gating', 'functional', 'normalise'] as const)
    .filter((rule) => before[rule] !== after[rule])
    .map((rule) => `${rule === 'functional' ? 'functional score' : rule} ${before[rule]} → ${after[rule]}`)
  return [...weights, ...rules].join(', ')
}
