/** How five scores became the reward of a completion, line by line. */
import type { Component } from '#contract/components'
import type { JournalEvent } from '#contract/journal'
import type { RewardProfile } from '#contract/reward-profile'
import type { WeighedScores } from '#contract/reweigh'
import type { Score, Scores } from '#contract/score'
import { COMPONENT_LOOKS } from '../components-of-reward.ts'

export interface RewardLine {
  readonly component: Component
  readonly title: string
  /** What counts of the score; null: it was not scored. */
  readonly value: number | null
  readonly weight: number
  /** What it adds to the reward. */
  readonly part: number
  /** Why it adds less than weight x value; '' where it does not. */
  readonly why: string
}

export interface RewardArithmetic {
  readonly lines: readonly RewardLine[]
  /** What the weighted sum is divided by. */
  readonly divisor: number
  /** The reward before what the length takes; null: it could not be weighed. */
  readonly sum: number | null
  /** What its length took; 0 or less. */
  readonly lengthCharge: number
  /** What the profile's gate asks, and whether it stood open. */
  readonly gate: string
}

/** reward: as the run stored it. */
export function rewardArithmetic(
  scores: Scores,
  profile: RewardProfile,
  weighed: WeighedScores,
  reward: number | null,
): RewardArithmetic {
  const lines = COMPONENT_LOOKS.map(({ component, title }): RewardLine => {
    const weight = profile.weights[component]
    const value = valueOf(component, scores[component], profile)
    const part = weighed.parts[component]
    const isWithheld = weighed.reward !== null && weight > 0 && value !== null && value > 0 && part === 0
    return { component, title, value, weight, part, why: isWithheld ? 'withheld by the gate' : '' }
  })
  const isCharged = reward !== null && weighed.reward !== null && Math.abs(reward - weighed.reward) > 1e-9
  return {
    lines,
    divisor: profile.normalise === 'weights' ? Object.values(profile.weights).reduce((sum, weight) => sum + weight, 0) : 1,
    sum: weighed.reward,
    lengthCharge: isCharged ? reward - weighed.reward! : 0,
    gate: gateWords(scores, profile),
  }
}

/** A binary functional score counts 1 or 0, whatever share of the cycles matched. */
function valueOf(component: Component, score: Score, { functional }: RewardProfile): number | null {
  if (!('value' in score)) return null
  return component === 'functional' && functional === 'binary' ? Number(score.outcome === 'passed') : score.value
}

function gateWords({ compilation, functional }: Scores, { gating }: RewardProfile): string {
  if ('value' in compilation && compilation.outcome === 'refused') return 'The guard refused it: nothing is paid.'
  if (gating === 'none') return 'No gate: each score is paid by itself.'
  const isOpen =
    gating === 'compile'
      ? 'value' in compilation && compilation.value > 0
      : 'value' in functional && functional.outcome === 'passed'
  const rule =
    gating === 'compile' ? 'Nothing is paid unless it compiles' : 'Synthesis, reasoning and quality are paid only where it works'
  return `${rule}: the gate ${isOpen ? 'was open' : 'stayed shut'}.`
}

/**
 * The profiles that may have weighed a step, the likeliest first. A change that came while the step was under way may have come before or after it was
 * weighed: the stored reward tells which.
 */
export function profilesAt(events: readonly JournalEvent[], initial: RewardProfile, step: number): RewardProfile[] {
  const changes = events.filter((event) => event.type === 'reward.changed').filter((event) => event.step <= step)
  const before = changes.filter((event) => event.step < step).at(-1)?.profile ?? initial
  const during = changes.filter((event) => event.step === step).map(({ profile }) => profile)
  return [...during.reverse(), before]
}
