/**
 * What a sampler says of its tokens is not quite what the trainer says of them: bfloat16, other kernels, another program. Truncated importance
 * sampling: a token counts min(p_trainer / p_sampler, cap) times, and ratios are taken against the trainer. The gradient of the surrogate is then that
 * of the trainer's own policy, but for the cap. Sources: IMPALA (Espeholt et al., 2018) for the truncation; veRL, `rollout_correction`, for language models.
 */
import type { SamplerMismatch, TrainingSequence } from '../flow.ts'

const MAX_LOG_RATIO = 20

/** trained: the trainer's log-probs of the completion tokens before the first update, [tokens]. cap: 1 or more. */
export function correctedSequence(sequence: TrainingSequence, trained: Float32Array, cap: number): TrainingSequence {
  const advantages = sequence.advantages.map(
    (advantage, t) => advantage * cappedRatio(trained[t]! - sequence.oldLogprobs[t]!, cap),
  )
  return { ...sequence, advantages, oldLogprobs: trained }
}

/** null without tokens. */
export function mismatchOf(
  sequences: readonly TrainingSequence[],
  trained: readonly Float32Array[],
  cap: number,
): SamplerMismatch | null {
  let [tokens, differences, weights, capped, maxDifference] = [0, 0, 0, 0, 0]
  for (const [i, { oldLogprobs, weight }] of sequences.entries()) {
    for (const [t, old] of oldLogprobs.entries()) {
      const difference = trained[i]![t]! - old
      const ratio = cappedRatio(difference, cap)
      tokens += weight
      differences += weight * Math.abs(difference)
      maxDifference = Math.max(maxDifference, Math.abs(difference))
      weights += weight * ratio
      if (ratio >= cap) capped += weight
    }
  }
  if (tokens === 0) return null
  return {
    meanDifference: differences / tokens,
    maxDifference,
    meanWeight: weights / tokens,
    cappedShare: capped / tokens,
  }
}

function cappedRatio(difference: number, cap: number): number {
  return Math.min(cap, Math.exp(Math.max(-MAX_LOG_RATIO, Math.min(MAX_LOG_RATIO, difference))))
}
