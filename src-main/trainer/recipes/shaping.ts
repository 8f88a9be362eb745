/** What a recipe makes of the rewards before it compares them: the charge for length, and who takes part. */
import type { Algorithm } from '#contract/algorithm'
import { overlongPenalty } from '../4-advantages/overlong.ts'
import type { WeighedGroup, WeighedRollout } from '../flow.ts'
import type { Stages } from './stages.ts'

/** What a completion is charged for its length, 0 or less. */
export function lengthCharge({ config }: Stages, { rollout: { completion } }: WeighedRollout): number {
  const { overlongBufferTokens, overlongPenalty: most } = config.algorithm
  if (overlongBufferTokens === 0) return 0
  return most * overlongPenalty(completion.tokens.length, config.sampling.maxCompletionTokens, overlongBufferTokens)
}

/** The profile's reward with that charge; null without a reward. */
export function shapedReward(stages: Stages, weighed: WeighedRollout): number | null {
  const charge = lengthCharge(stages, weighed)
  return weighed.reward === null || charge === 0 ? weighed.reward : weighed.reward + charge
}

/** Mean over all completions. */
export function meanLengthCharge(stages: Stages, groups: readonly WeighedGroup[]): number {
  const charges = groups.flatMap(({ rollouts }) => rollouts.map((weighed) => lengthCharge(stages, weighed)))
  return charges.length === 0 ? 0 : charges.reduce((sum, charge) => sum + charge, 0) / charges.length
}

/** A truncated completion that is left out of the loss, though its reward counts for the others of its group. */
export function isMasked({ maskTruncated }: Algorithm, { rollout: { completion } }: WeighedRollout): boolean {
  return maskTruncated && completion.isTruncated
}

export function maskedCount(algorithm: Algorithm, groups: readonly WeighedGroup[]): number {
  return groups.reduce((sum, { rollouts }) => sum + rollouts.filter((weighed) => isMasked(algorithm, weighed)).length, 0)
}
