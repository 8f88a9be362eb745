/**
 * How fast each pair of a head's components turns per position (RoPE), and how a model's context was stretched after its pretraining.
 * Sources: the RoFormer paper (Su et al., 2021) for the plain frequencies; Chen et al., "Extending context window via positional
 * interpolation" (2023) for linear; the YaRN paper (Peng et al., 2023) for yarn; the Llama 3.1 release for llama3.
 */

export type RopeScaling =
  | { readonly type: 'default' }
  | { readonly type: 'linear'; readonly factor: number }
  /** Turns as the default does up to the model's own context, and that is all that we run. */
  | { readonly type: 'dynamic'; readonly factor: number }
  | {
      readonly type: 'llama3'
      readonly factor: number
      readonly lowFrequencyFactor: number
      readonly highFrequencyFactor: number
      readonly originalPositions: number
    }
  | {
      readonly type: 'yarn'
      readonly factor: number
      readonly originalPositions: number
      /** Turns over the original context above which a pair stays as it was, and below which it is interpolated. */
      readonly betaFast: number
      readonly betaSlow: number
      /** Whether the bounds of the ramp between them are whole numbers. */
      readonly isTruncated: boolean
      readonly attentionFactor: number
    }

export interface Rotations {
  /** Radians per position of each pair, [headSize / 2]. */
  readonly frequencies: Float64Array
  /** Multiplies cosines and sines, so that scores grow by its square. */
  readonly attentionFactor: number
}

/** The rotations of a model. Its parameters are a part of ModelConfig's. */
export function rotations(config: { headSize: number; ropeTheta: number; ropeScaling: RopeScaling }): Rotations {
  const { headSize, ropeTheta, ropeScaling } = config
  const plain = Float64Array.from({ length: headSize / 2 }, (_, i) => ropeTheta ** ((-2 * i) / headSize))
  switch (ropeScaling.type) {
    case 'default':
    case 'dynamic':
      return { frequencies: plain, attentionFactor: 1 }
    case 'linear':
      return { frequencies: plain.map((frequency) => frequency / ropeScaling.factor), attentionFactor: 1 }
    case 'llama3':
      return { frequencies: plain.map((frequency) => llama3Frequency(frequency, ropeScaling)), attentionFactor: 1 }
    case 'yarn':
      return { frequencies: yarnFrequencies(plain, ropeTheta, ropeScaling), attentionFactor: ropeScaling.attentionFactor }
  }
}

/** Pairs that turn often in the original context stay, slow ones are divided by the factor, between them the two are mixed. */
function llama3Frequency(frequency: number, scaling: Extract<RopeScaling, { type: 'llama3' }>): number {
  const { factor, lowFrequencyFactor: low, highFrequencyFactor: high } = scaling
  const turns = (scaling.originalPositions * frequency) / (2 * Math.PI)
  const kept = Math.min(1, Math.max(0, (turns - low) / (high - low)))
  return frequency * (kept + (1 - kept) / factor)
}

/** As llama3, but the mixture is linear in the number of the pair, between the pairs that turn betaFast and betaSlow times. */
function yarnFrequencies(plain: Float64Array, theta: number, scaling: Extract<RopeScaling, { type: 'yarn' }>): Float64Array {
  const { factor, originalPositions, isTruncated } = scaling
  const headSize = 2 * plain.length
  const pairTurning = (turns: number): number =>
    (headSize * Math.log(originalPositions / (turns * 2 * Math.PI))) / (2 * Math.log(theta))
  const [first, last] = [pairTurning(scaling.betaFast), pairTurning(scaling.betaSlow)]
  const from = Math.max(isTruncated ? Math.floor(first) : first, 0)
  const to = Math.min(isTruncated ? Math.ceil(last) : last, headSize - 1)
  // Where both bounds are one pair, the ramp is a step.
  const width = to === from ? 0.001 : to - from
  return plain.map((frequency, i) => {
    const kept = 1 - Math.min(1, Math.max(0, (i - from) / width))
    return frequency * (kept + (1 - kept) / factor)
  })
}
