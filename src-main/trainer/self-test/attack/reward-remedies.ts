/** Which single settings of a reward would make cheating not worth it: each is tried, none is guessed. */
import { COMPONENTS, type Component } from '#contract/components'
import type { RewardRemedy } from '#contract/reward-attack'
import type { RewardProfile } from '#contract/reward-profile'

/** What a weight is multiplied by, the mildest first. */
const LOWERED = [0.75, 0.5, 0.25, 0]
const RAISED = [1.5, 2, 3, 5, 10]
/** Where there is no weight yet. */
const FIRST_WEIGHTS = [0.25, 0.5, 1]
const LARGEST_WEIGHT = 100
/** What may tell an honest failure from a cheat. Compiling and prose are not among them: a cheat has both. */
const EARNED = ['functional', 'synthesis', 'quality'] as const

interface Change extends RewardRemedy {
  readonly profile: RewardProfile
}

/** The mildest value of each setting with which `isSafe` holds; settings with which it never holds are left out. */
export function remediesOf(profile: RewardProfile, isSafe: (changed: RewardProfile) => boolean): RewardRemedy[] {
  const raised = EARNED.map((component) => raisedWeights(profile, component))
  return [shapes(profile), gates(profile), ...raised, ...loweredWeights(profile)].flatMap((changes) => {
    const found = changes.find((change) => isSafe(change.profile))
    return found === undefined ? [] : [{ setting: found.setting, value: found.value }]
  })
}

/** Graded pays an honest failure its part. */
function shapes(profile: RewardProfile): Change[] {
  if (profile.functional === 'graded') return []
  return [{ setting: 'reward.functional', value: 'graded', profile: { ...profile, functional: 'graded' } }]
}

function gates(profile: RewardProfile): Change[] {
  const stricter = { none: ['compile', 'functional'], compile: ['functional'], functional: [] } as const
  return stricter[profile.gating].map((gating) => ({
    setting: 'reward.gating',
    value: gating,
    profile: { ...profile, gating },
  }))
}

function raisedWeights(profile: RewardProfile, component: Component): Change[] {
  const weight = profile.weights[component]
  const values = weight === 0 ? FIRST_WEIGHTS : RAISED.map((factor) => rounded(weight * factor))
  return values.filter((value) => value <= LARGEST_WEIGHT).map((value) => withWeight(profile, component, value))
}

function loweredWeights(profile: RewardProfile): Change[][] {
  const { weights } = profile
  return COMPONENTS.filter((component) => component !== 'functional' && weights[component] > 0).map((component) =>
    LOWERED.map((factor) => withWeight(profile, component, rounded(weights[component] * factor))).filter(hasWeight),
  )
}

function withWeight(profile: RewardProfile, component: Component, value: number): Change {
  return {
    setting: `reward.weights.${component}`,
    value,
    profile: { ...profile, weights: { ...profile.weights, [component]: value } },
  }
}

/** A profile without any weight is none. */
function hasWeight({ profile: { weights } }: Change): boolean {
  return COMPONENTS.some((component) => weights[component] > 0)
}

function rounded(weight: number): number {
  return Math.round(weight * 100) / 100
}
