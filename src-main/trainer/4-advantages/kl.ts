/** KL of the sampling policy to the reference, token by token. Source: Schulman, "Approximating KL divergence" (2020). */
import { k3 } from '../math/objective.ts'

/** k1: log p - log q, [tokens]. Unbiased; single tokens may be negative. */
export function k1Tokens(logprobs: ArrayLike<number>, refLogprobs: ArrayLike<number>): Float32Array {
  return Float32Array.from(logprobs, (logprob, t) => logprob - refLogprobs[t]!)
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
 * Reward of each token: minus klCoef · k1 everywhere, plus the rollout's reward at its last token. [tokens]
 * Source: "Fine-tuning language models from human preferences" (Ziegler et al., 2019).
 */
export function tokenRewards(
  reward: number,
  logprobs: Float32Array,
  refLogprobs: Float32Array | null,
  klCoef: number,
): Float32Array {
  const rewards =
    refLogprobs === null ? new Float32Array(logprobs.length) : k1Tokens(logprobs, refLogprobs).map((kl) => -klCoef * kl)
  if (rewards.length > 0) rewards[rewards.length - 1] = rewards[rewards.length - 1]! + reward
  return rewards
}
