/** Draws a token from the shares of a vocabulary. */
import { createRandom } from '../../math/random.ts'
import type { Sampling } from '../engine.ts'

export interface Draw {
  readonly token: number
  /** Natural log-prob under the distribution that was drawn from, top-k and top-p included. */
  readonly samplingLogprob: number
}

/**
 * The draw number `position` of the completion with this seed, from `shares`: softmax of the logits at the sampling's temperature, [vocabulary].
 * The random number depends on seed and position alone, so that a completion does not depend on who shares its batch.
 */
export function drawToken(shares: Float32Array, sampling: Cut, seed: number, position: number): Draw {
  const uniform = createRandom(Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(position + 1, 0xc2b2ae35)).next()
  const isCut = (sampling.topK > 0 && sampling.topK < shares.length) || sampling.topP < 1
  if (!isCut) {
    const token = walk(shares, uniform)
    return { token, samplingLogprob: Math.log(shares[token]!) }
  }
  const nucleus = nucleusOf(shares, sampling)
  const token = walkNucleus(shares, nucleus, uniform)
  return { token, samplingLogprob: Math.log(shares[token]! / nucleus.mass) }
}

type Cut = Pick<Sampling, 'topK' | 'topP'>

/** The first token at which the shares add up to more than `target`. */
function walk(shares: Float32Array, target: number): number {
  let sum = 0
  for (let i = 0; i < shares.length; i++) {
    sum += shares[i]!
    if (sum > target) return i
  }
  return lastPossible(shares)
}

/** Rounding may leave the target just above the sum: then the last token that has any share. */
function lastPossible(shares: Float32Array): number {
  let last = shares.length - 1
  while (last > 0 && shares[last] === 0) last--
  return last
}

/** The likeliest tokens, as far as the last one that is kept; of equal shares the smaller ids come first. */
interface Nucleus {
  readonly share: number
  readonly token: number
  readonly mass: number
}

/** Shares between 2^-126 and 1 fall into buckets by exponent and three bits of mantissa; smaller ones into the first. */
const BUCKET_SHIFT = 20
const BUCKETS = 1024

/**
 * The `topK` likeliest tokens, of those the fewest whose mass reaches `topP`. Only the bucket in which the cut falls is sorted:
 * linear in the vocabulary.
 */
function nucleusOf(shares: Float32Array, { topK, topP }: Cut): Nucleus {
  const limit = topK > 0 ? topK : shares.length
  const bits = new Uint32Array(shares.buffer, shares.byteOffset, shares.length)
  const counts = new Uint32Array(BUCKETS)
  const masses = new Float64Array(BUCKETS)
  for (let i = 0; i < bits.length; i++) {
    const bucket = bits[i]! >>> BUCKET_SHIFT
    counts[bucket] = counts[bucket]! + 1
    masses[bucket] = masses[bucket]! + shares[i]!
  }
  let [bucket, count, mass] = [BUCKETS - 1, 0, 0]
  while (bucket > 0 && count + counts[bucket]! < limit && mass + masses[bucket]! < topP) {
    count += counts[bucket]!
    mass += masses[bucket]!
    bucket--
  }
  const tokens: number[] = []
  for (let i = 0; i < bits.length; i++) if (bits[i]! >>> BUCKET_SHIFT === bucket) tokens.push(i)
  tokens.sort((a, b) => shares[b]! - shares[a]! || a - b)
  let last = 0
  mass += shares[tokens[0]!]!
  while (last + 1 < tokens.length && count + last + 1 < limit && mass < topP) mass += shares[tokens[++last]!]!
  return { share: shares[tokens[last]!]!, token: tokens[last]!, mass }
}

function walkNucleus(shares: Float32Array, { share, token, mass }: Nucleus, uniform: number): number {
  const target = uniform * mass
  let sum = 0
  let last = token
  for (let i = 0; i < shares.length; i++) {
    const own = shares[i]!
    if (own < share || (own === share && i > token)) continue
    sum += own
    last = i
    if (sum > target) break
  }
  return last
}
