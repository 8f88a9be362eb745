/** A minibatch that engines are compared on. */
import type { Minibatch } from '#trainer/flow'
import { createRandom } from '#trainer/math/random'

/** Twelve sequences of unlike lengths. */
export function aMinibatch(): Minibatch {
  const random = createRandom(3)
  const some = (length: number): number[] => Array.from({ length }, () => 3 + random.below(20))
  const sequences = Array.from({ length: 12 }, (_, i) => {
    const completionTokens = some(3 + ((7 * i) % 11))
    const floats = (low: number, high: number): Float32Array =>
      Float32Array.from(completionTokens, () => low + (high - low) * random.next())
    return {
      promptTokens: some(2 + ((5 * i) % 7)),
      completionTokens,
      oldLogprobs: floats(-4, -2),
      refLogprobs: floats(-4, -2),
      advantages: floats(-1, 1),
      returns: floats(-1, 1),
      oldValues: floats(-1, 1),
      weight: 1 + (i % 2),
    }
  })
  return { sequences }
}
