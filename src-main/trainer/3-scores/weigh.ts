/** Five scores -> one reward, under a reward profile. Pure, so that stored scores can be weighed again without a GPU. */
import type { RewardProfile } from '#contract/reward-profile'
import { COMPONENTS, isScored, type Component, type Scores } from '#contract/score'

export interface Weighed {
  /** null: a component that has weight, or that the gate asks about, could not be scored, so that the rollout must not take part. */
  readonly reward: number | null
  /** What each component adds to the reward. */
  readonly parts: Readonly<Record<Component, number>>
}

const NOTHING: Readonly<Record<Component, number>> = { compilation: 0, functional: 0, synthesis: 0, reasoning: 0, quality: 0 }

/** R = Σ w·s / Σ w, or Σ w·s; gates and the functional shape as the profile says. Refused by the guard: 0. */
export function weigh(scores: Scores, profile: RewardProfile): Weighed {
  const weighted = COMPONENTS.filter((component) => profile.weights[component] > 0)
  if ([...weighted, ...askedByGate(profile)].some((component) => !isScored(scores[component])))
    return { reward: null, parts: NOTHING }
  if (isGatedOut(scores, profile)) return { reward: 0, parts: NOTHING }
  const total = divisorOf(profile)
  const parts = { ...NOTHING }
  for (const component of weighted) {
    if (isWithheld(component, scores, profile)) continue
    parts[component] = (profile.weights[component] * valueOf(component, scores, profile)) / total
  }
  return { reward: COMPONENTS.reduce((sum, component) => sum + parts[component], 0), parts }
}

/** What each component's score is multiplied by: its weight, divided by their sum where the profile says so. */
export function componentFactors(profile: RewardProfile): Record<Component, number> {
  const total = divisorOf(profile)
  return Object.fromEntries(COMPONENTS.map((component) => [component, profile.weights[component] / total])) as Record<
    Component,
    number
  >
}

/** 1 where nothing has weight. */
function divisorOf({ normalise, weights }: RewardProfile): number {
  const total = COMPONENTS.reduce((sum, component) => sum + weights[component], 0)
  return normalise === 'weights' && total > 0 ? total : 1
}

/** A gate that cannot be answered must not stand open. */
function askedByGate({ gating }: RewardProfile): Component[] {
  if (gating === 'none') return []
  return [gating === 'compile' ? 'compilation' : 'functional']
}

function isGatedOut(scores: Scores, profile: RewardProfile): boolean {
  const { compilation } = scores
  if (!isScored(compilation)) return false
  return compilation.outcome === 'refused' || (profile.gating === 'compile' && compilation.value === 0)
}

/** Under functional gating, style and prose are paid only for a design that works. */
function isWithheld(component: Component, scores: Scores, profile: RewardProfile): boolean {
  if (profile.gating !== 'functional') return false
  const isExtra = component === 'synthesis' || component === 'reasoning' || component === 'quality'
  return isExtra && !isPassed(scores)
}

function valueOf(component: Component, scores: Scores, profile: RewardProfile): number {
  const score = scores[component]
  if (!isScored(score)) return 0
  return component === 'functional' && profile.functional === 'binary' ? (isPassed(scores) ? 1 : 0) : score.value
}

function isPassed({ functional }: Scores): boolean {
  return isScored(functional) && functional.outcome === 'passed'
}
