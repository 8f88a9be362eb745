/** Stored numbers to float32, many at a time. Patterns of bits are moved, not numbers: several times as fast, and exact by construction. */

/** Types that weights may be stored in. */
export const WEIGHT_BYTES = { F32: 4, F16: 2, BF16: 2 } as const
export type WeightType = keyof typeof WEIGHT_BYTES

/**
 * Widens `bytes`, little-endian and aligned to 4, into `into` (float32 as bits, of the same number of elements). Answers whether all are finite
 * numbers: an exponent of ones, which NaN and infinity have, carries into the next bit when one is added to it.
 */
export function widen(bytes: Uint8Array, type: 'F16' | 'BF16', into: Int32Array): boolean {
  const pairs = new Int32Array(bytes.buffer, bytes.byteOffset, into.length >> 1)
  const carries = type === 'BF16' ? widenBrains(pairs, into) : widenHalves(pairs, into)
  if (into.length % 2 === 0) return carries === 0
  // The last of an odd number, as a pair with a zero.
  const two = new Int32Array(2)
  const last = Int32Array.of(bytes[bytes.length - 2]! | (bytes[bytes.length - 1]! << 8))
  const lastCarries = type === 'BF16' ? widenBrains(last, two) : widenHalves(last, two)
  into[into.length - 1] = two[0]!
  return (carries | lastCarries) === 0
}

/** For float32 that already stand where they belong. */
export function areFinite(singles: Int32Array): boolean {
  let carries = 0
  for (let i = 0; i < singles.length; i++) carries |= ((singles[i]! >>> 23) & 0xff) + 1
  return (carries & 0x100) === 0
}

/** Two at a time, the first in the lower half. A bfloat16 is the upper half of a float32. Answers the carries. */
function widenBrains(pairs: Int32Array, into: Int32Array): number {
  let carries = 0
  for (let i = 0; i < pairs.length; i++) {
    const pair = pairs[i]!
    into[2 * i] = pair << 16
    into[2 * i + 1] = pair & 0xffff0000
    carries |= ((pair & 0x7f807f80) + 0x00800080) | 0
  }
  return carries & 0x80008000
}

function widenHalves(pairs: Int32Array, into: Int32Array): number {
  const table = halfTable()
  let carries = 0
  for (let i = 0; i < pairs.length; i++) {
    const pair = pairs[i]!
    into[2 * i] = table[pair & 0xffff]!
    into[2 * i + 1] = table[pair >>> 16]!
    carries |= ((pair & 0x7c007c00) + 0x04000400) | 0
  }
  return carries & 0x80008000
}

let halves: Int32Array | null = null

/** [65536] float32 bits of every half; 256 kB, made when the first half is read. */
function halfTable(): Int32Array {
  halves ??= new Int32Array(Float32Array.from({ length: 0x10000 }, (_, word) => fromHalf(word)).buffer)
  return halves
}

/** IEEE 754 binary16. */
function fromHalf(word: number): number {
  const sign = word & 0x8000 ? -1 : 1
  const exponent = (word >> 10) & 0x1f
  const fraction = word & 0x3ff
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}
