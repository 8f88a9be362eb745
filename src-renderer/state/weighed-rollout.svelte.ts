import type { RolloutRecord } from '#contract/journal'
import type { RewardProfile } from '#contract/reward-profile'
import type { WeighedScores } from '#contract/reweigh'
import { workbench } from '../workbench.ts'
import { Latest } from './latest.svelte.ts'

export interface WeighedRollout {
  readonly rollout: RolloutRecord
  readonly profile: RewardProfile
  readonly weighed: WeighedScores
}

/** How a stored completion was weighed. */
export class Weighing {
  readonly answer = new Latest<WeighedRollout>()

  /** profiles: those that may have weighed it; the one whose reward is nearest to the stored one did. */
  ask(rollout: RolloutRecord, profiles: readonly RewardProfile[]): void {
    void this.answer.ask(async () => {
      const tried = await Promise.all(
        profiles.map(async (profile) => ({
          rollout,
          profile,
          weighed: await workbench.call('rewards.weigh', rollout.scores, profile),
        })),
      )
      return tried.reduce((best, one) => (distance(one) < distance(best) ? one : best))
    })
  }
}

function distance({ rollout, weighed }: WeighedRollout): number {
  if (rollout.reward === null || weighed.reward === null) return rollout.reward === weighed.reward ? 0 : Infinity
  return Math.abs(rollout.reward - weighed.reward)
}
