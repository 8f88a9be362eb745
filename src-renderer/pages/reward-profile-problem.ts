import type { RewardProfile } from '#contract/reward-profile'

const LARGEST = 100

export function isWeight(weight: number): boolean {
  return weight >= 0 && weight <= LARGEST
}

/** What is wrong with the weights and what to do; '' when they are fine. */
export function profileProblem({ weights }: RewardProfile): string {
  for (const [component, weight] of Object.entries(weights)) {
    if (!isWeight(weight)) return `The weight of ${component} must lie between 0 and ${LARGEST}.`
  }
  return Object.values(weights).some((weight) => weight > 0)
    ? ''
    : 'All weights are 0, so every reward would be 0; raise at least one.'
}
