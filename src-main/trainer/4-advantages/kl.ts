/** KL of the sampling policy to the reference, token by token. Source: Schulman, "Approximating KL divergence" (2020). */
import type { KlEstimator } from '#contract/algorithm'
import { k3, klEstimate } from '../math/objective.ts'

/** An estimate at each token, [tokens]. k1 and k3 have the KL as their mean; single tokens of k1 may be negative. */
export function klTokens(estimator: KlEstimator, logprobs: ArrayLike<number>, refLogprobs: ArrayLike<number>): Float32Array {
  return Float32Array.from(logprobs, (logprob, t) => klEstimate(estimator, logprob, refLogprobs[t]!).kl)
}

/** k1: log p - log q, [tokens]. */
export function k1Tokens(logprobs: ArrayLike<number>, refLogprobs: ArrayLike<number>): Float32Array {
  return klTokens('k1', logprobs, refLogprobs)
}

/** Sum over a completion's tokens: what it is charged where the KL is in the reward of the whole. */
export function completionKl(estimator: KlEstimator, logprobs: Float32Array, refLogprobs: Float32Array): number {
  return klTokens(estimator, logprobs, refLogprobs).reduce((sum, kl) => sum + kl, 0)
}

/** Mean k3 over all tokens of some sequences; 0 without tokens. */
export function meanK3(logprobs: readonly Float32Array[], refLogprobs: readonly Float32Array[]): number {
  let sum = 0
  let count = 0
  logprobs.forEach((tokens, i) => {
    tokens.forEach((logprob, t) => (sum += k3(logprob, refLogprobs[i]![t]!)))
    count += tokens.length
  })
  return count === 0 ? 0 : sum / count
}

/**
 * Reward of each token: minus klCoef times the estimate everywhere, plus the rollout's reward at its last token. [tokens]
 * Source: "Fine-tuning language models from human preferences" (Ziegler et al., 2019).
 */
export function tokenRewards(
  reward: number,
  logprobs: Float32Array,
  refLogprobs: Float32Array | null,
  klCoef: number,
  estimator: KlEstimator = 'k1',
): Float32Array {
  const rewards =
    refLogprobs === null
      ? new Float32Array(logprobs.length)
      : klTokens(estimator, logprobs, refLogprobs).map((kl) => -klCoef * kl)
  if (rewards.length > 0) rewards[rewards.length - 1] = rewards[rewards.length - 1]! + reward
  return rewards
}

/**
 * The KL coefficient of the next step: it grows while the KL is above its target and shrinks below, by at most a fifth of rollouts / horizon.
 * kl, target: nats a token. Source: Ziegler et al. (2019), section 2.2.
 */
export function adaptedKlCoef(
  klCoef: number,
  kl: number,
  { targetKl, klHorizon, rollouts }: { targetKl: number; klHorizon: number; rollouts: number },
): number {
  const error = Math.min(MAX_KL_ERROR, Math.max(-MAX_KL_ERROR, kl / targetKl - 1))
  return klCoef * (1 + (error * rollouts) / klHorizon)
}

const MAX_KL_ERROR = 0.2
