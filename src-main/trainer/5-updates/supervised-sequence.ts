import type { TokenIds, TrainingSequence } from '../flow.ts'

/** A completion to be learnt as it stands: what only policies need is zero or missing. */
export function supervisedSequence(promptTokens: TokenIds, completionTokens: TokenIds): TrainingSequence {
  const unused = new Float32Array(completionTokens.length)
  return {
    promptTokens,
    completionTokens,
    oldLogprobs: unused,
    refLogprobs: null,
    advantages: unused,
    returns: null,
    oldValues: null,
    weight: 1,
  }
}
