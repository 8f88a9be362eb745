import type { RewardProfile } from '#contract/reward-profile'

/** Do both weigh alike? Their names do not count. */
export function isSameProfile(a: RewardProfile, b: RewardProfile | undefined): boolean {
  if (b === undefined) return false
  const weights = Object.keys(a.weights) as (keyof RewardProfile['weights'])[]
  return (
    weights.every((component) => a.weights[component] === b.weights[component]) &&
    a.gating === b.gating &&
    a.functional === b.functional &&
    a.normalise === b.normalise
  )
}
