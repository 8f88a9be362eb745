/** What was paid for: the weights of the reward, and what was changed on the way. */
import { COMPONENTS } from '#contract/components'
import { METRICS, RATE_KEY } from '#contract/metrics'
import type { RewardProfile } from '#contract/reward-profile'
import { heading, list, paragraph, type Block, type Table } from '../document.ts'
import { percent } from '../numbers.ts'
import type { ReportedRun, ReportSource } from '../source.ts'

const GATING: Readonly<Record<RewardProfile['gating'], string>> = {
  none: 'Nothing is gated.',
  compile: 'A completion that does not compile earns 0.',
  functional: 'Synthesis, reasoning and quality count only where the functional score passes.',
}

export function rewardSection({ runs }: ReportSource): Block[] {
  const profiles = Map.groupBy(runs, ({ detail }) => JSON.stringify(detail.config.reward))
  const blocks = [...profiles.values()].flatMap((of) => profileBlocks(of, profiles.size > 1))
  const changes = runs.flatMap(changesOf)
  const changed = changes.length === 0 ? [] : [paragraph('Changed while a run went on:'), list(changes)]
  return [heading('Reward'), ...blocks, ...changed]
}

function profileBlocks(runs: readonly ReportedRun[], isOneOfSeveral: boolean): Block[] {
  const profile = runs[0]!.detail.config.reward
  const names = isOneOfSeveral ? `Of ${runs.map(({ detail }) => detail.summary.name).join(', ')}. ` : ''
  const functional =
    profile.functional === 'graded'
      ? 'The functional score is graded: the share of matching cycles beyond what trivial designs reach.'
      : 'The functional score is 1 or 0: every cycle must match.'
  const sum =
    profile.normalise === 'weights'
      ? 'The reward is the weighted mean of the scores, 0 to 1.'
      : 'The reward is the weighted sum of the scores.'
  return [weightTable(profile), paragraph(`${names}${sum} ${GATING[profile.gating]} ${functional}`)]
}

function weightTable({ name, weights }: RewardProfile): Table {
  const sum = Object.values(weights).reduce((total, weight) => total + weight, 0)
  return {
    kind: 'table',
    caption: `Weights of the profile “${name}”`,
    head: ['', ...COMPONENTS.map((component) => METRICS[`train/${RATE_KEY[component]}`]!.title)],
    rows: [
      ['Weight', ...COMPONENTS.map((component) => String(weights[component]))],
      ['Share', ...COMPONENTS.map((component) => percent(weights[component] / sum))],
    ],
    cells: 'numbers',
  }
}

function changesOf({ detail, landmarks }: ReportedRun): string[] {
  return landmarks.flatMap((event) => {
    if (event.type !== 'reward.changed') return []
    const weights = COMPONENTS.map((component) => `${component} ${event.profile.weights[component]}`)
    return [`${detail.summary.name}, from step ${event.step}: “${event.profile.name}”, ${weights.join(', ')}`]
  })
}
