/** Draws a token from logits. */
import { createRandom } from '../../math/random.ts'
import type { Sampling } from '../engine.ts'

export interface Draw {
  readonly token: number
  /** Natural log-prob under softmax(logits / temperature), before top-k and top-p. */
  readonly logprob: number
}

/**
 * The draw number `position` of the completion with this seed. The random number depends on seed and position alone,
 * so a completion does not depend on who shares its batch.
 */
export function drawToken(logits: Float32Array, sampling: Sampling, seed: number, position: number, scratch: Float64Array): Draw {
  const uniform = createRandom(Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(position + 1, 0xc2b2ae35)).next()
  const total = exponentials(logits, sampling.temperature, scratch)
  const isCut = (sampling.topK > 0 && sampling.topK < logits.length) || sampling.topP < 1
  const token = isCut
    ? drawFromNucleus(scratch, logits.length, total, sampling, uniform)
    : drawFromAll(scratch, logits.length, total * uniform)
  return { token, logprob: Math.log(scratch[token]! / total) }
}

/** exp((logit - max) / temperature) into `scratch`; returns their sum. */
function exponentials(logits: Float32Array, temperature: number, scratch: Float64Array): number {
  let max = -Infinity
  for (let i = 0; i < logits.length; i++) if (logits[i]! > max) max = logits[i]!
  let total = 0
  for (let i = 0; i < logits.length; i++) total += scratch[i] = Math.exp((logits[i]! - max) / temperature)
  return total
}

function drawFromAll(masses: Float64Array, count: number, target: number): number {
  let sum = 0
  for (let i = 0; i < count; i++) {
    sum += masses[i]!
    if (sum > target) return i
  }
  return lastPossible(masses, count)
}

/** Rounding may leave the target just above the sum: then the last token that has any mass. */
function lastPossible(masses: Float64Array, count: number): number {
  let last = count - 1
  while (last > 0 && masses[last] === 0) last--
  return last
}

/** The `topK` likeliest tokens, of those the fewest whose mass reaches `topP`. */
function drawFromNucleus(masses: Float64Array, count: number, total: number, sampling: Sampling, uniform: number): number {
  const order = Array.from({ length: count }, (_, i) => i).sort((a, b) => masses[b]! - masses[a]! || a - b)
  const limit = sampling.topK > 0 ? Math.min(sampling.topK, count) : count
  let kept = 0
  let size = 0
  while (size < limit && (size === 0 || kept < sampling.topP * total)) kept += masses[order[size++]!]!
  let sum = 0
  for (const token of order.slice(0, size)) {
    sum += masses[token]!
    if (sum > uniform * kept) return token
  }
  return order[size - 1]!
}
