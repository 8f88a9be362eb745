/**
 * What each token of a minibatch counts in its loss. Sources: the mean over tokens, DAPO (Yu et al., 2025); sum over a fixed length, Dr. GRPO
 * (Liu et al., 2025); mean of completions' means, DeepSeekMath (Shao et al., 2024); all four as TRL defines them under `loss_type`.
 */
import type { LossMean, LossType, Objective, TrainingSequence } from '../flow.ts'

/** The mean that a loss type takes. microbatchSize: rollouts of a local batch · maxCompletionTokens: the limit of sampling. */
export function lossMeanOf(
  lossType: LossType,
  { microbatchSize, maxCompletionTokens }: { microbatchSize: number; maxCompletionTokens: number },
): LossMean {
  switch (lossType) {
    case 'grpo':
      return 'sequence'
    case 'bnpo':
      return { localRollouts: microbatchSize }
    case 'dapo':
      return 'token'
    case 'dr_grpo':
      return { tokensPerRollout: maxCompletionTokens }
  }
}

/** Mean that the objective takes over tokens. */
export function meanOf(objective: Objective): LossMean {
  return objective.kind === 'policy' ? objective.lossMean : 'token'
}

/** Weight of a token of each sequence under a mean. Merged duplicates count as often as they occurred. */
export function tokenWeights(sequences: readonly TrainingSequence[], mean: LossMean): number[] {
  if (typeof mean === 'object') {
    return 'localRollouts' in mean ? localWeights(sequences, mean.localRollouts) : fixedWeights(sequences, mean.tokensPerRollout)
  }
  const lengthOf = (sequence: TrainingSequence): number => (mean === 'token' ? sequence.completionTokens.length : 1)
  const total = sequences.reduce((sum, sequence) => sum + sequence.weight * lengthOf(sequence), 0)
  return sequences.map((sequence) => {
    const share = mean === 'token' ? 1 : 1 / Math.max(1, sequence.completionTokens.length)
    return total === 0 ? 0 : (sequence.weight * share) / total
  })
}

function fixedWeights(sequences: readonly TrainingSequence[], tokensPerRollout: number): number[] {
  const rollouts = sequences.reduce((sum, { weight }) => sum + weight, 0)
  return sequences.map(({ weight }) => weight / (rollouts * tokensPerRollout))
}

/**
 * Local batches are the minibatch's rollouts, `size` at a time in its order. They are what accumulates, not what an engine computes at once: that it
 * packs by length must not change the loss.
 */
function localWeights(sequences: readonly TrainingSequence[], size: number): number[] {
  const owners = sequences.flatMap(({ weight }, i) => Array<number>(weight).fill(i))
  const batches = Array.from({ length: Math.ceil(owners.length / size) }, (_, i) => owners.slice(i * size, (i + 1) * size))
  const weights = sequences.map(() => 0)
  for (const batch of batches) {
    const tokens = batch.reduce((sum, i) => sum + sequences[i]!.completionTokens.length, 0)
    for (const i of batch) weights[i] = weights[i]! + 1 / (Math.max(1, tokens) * batches.length)
  }
  return weights
}
