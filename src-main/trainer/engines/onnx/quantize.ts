/** Weights to 4 bits. Source of the scale: the block's largest number with its sign, as in llama.cpp's Q4_0 and ONNX Runtime's symmetric blocks. */
import { BLOCK, ZERO_LEVEL } from './model/stored-weights.ts'

const HALF = BLOCK / 2
const MOST = 15

/**
 * data [size], a multiple of 32 -> levels [size / 2] and scales [size / 32], laid out as stored-weights.ts says. A weight moves by a sixteenth of its block's
 * largest at most; one near the opposite of the largest, for which there is no level, by an eighth.
 */
export function quantize(data: Float32Array, levels: Uint8Array, scales: Float32Array): void {
  for (let block = 0; block < scales.length; block++) {
    const start = block * BLOCK
    const scale = largestOf(data, start) / -ZERO_LEVEL
    const inverse = scale === 0 ? 0 : 1 / scale
    scales[block] = scale
    for (let i = 0; i < HALF; i++) {
      const lower = levelOf(data[start + i]! * inverse)
      levels[block * HALF + i] = lower | (levelOf(data[start + HALF + i]! * inverse) << 4)
    }
  }
}

/** Of a block, with its sign. */
function largestOf(data: Float32Array, start: number): number {
  let largest = 0
  let most = 0
  for (let i = start; i < start + BLOCK; i++) {
    const value = data[i]!
    const size = value < 0 ? -value : value
    if (size > most) {
      most = size
      largest = value
    }
  }
  return largest
}

/** The nearest of 0..15. */
function levelOf(ratio: number): number {
  const level = (ratio + ZERO_LEVEL + 0.5) | 0
  return level > MOST ? MOST : level
}
