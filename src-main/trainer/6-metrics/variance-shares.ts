/** Which component makes the rewards of a group differ. */
import { COMPONENTS, type Component } from '#contract/components'
import { mean } from '#statistics/pass-at-k'
import type { WeighedGroup } from '../flow.ts'

/** Below this a difference is rounding. */
const NEARLY_NOTHING = 1e-12

/**
 * Covariance of each component's part with the reward over the variance of the reward, both within groups and summed over them. The reward is the
 * sum of its parts, so the shares add up to 1; one is negative where a component pays against the others. null where all rewards of a group are
 * equal, in every group. Rollouts without a reward are left out.
 */
export function varianceShares(groups: readonly WeighedGroup[]): Record<Component, number> | null {
  const shares: Record<Component, number> = { compilation: 0, functional: 0, synthesis: 0, reasoning: 0, quality: 0 }
  let total = 0
  for (const { rollouts } of groups) {
    const rewarded = rollouts.filter(({ reward }) => reward !== null)
    const away = deviations(rewarded.map(({ reward }) => reward!))
    total += productSum(away, away)
    for (const component of COMPONENTS) {
      shares[component] += productSum(deviations(rewarded.map(({ parts }) => parts[component])), away)
    }
  }
  if (total < NEARLY_NOTHING) return null
  for (const component of COMPONENTS) shares[component] /= total
  return shares
}

function deviations(values: readonly number[]): number[] {
  const centre = mean(values)
  return values.map((value) => value - centre)
}

function productSum(some: readonly number[], others: readonly number[]): number {
  return some.reduce((sum, value, i) => sum + value * others[i]!, 0)
}
