/** Safetensors files written byte by byte, right or wrong on purpose: the writer of the project would not write these. */
import { writeFileSync } from 'node:fs'

export interface StoredBytes {
  readonly dtype: string
  readonly shape: readonly number[]
  readonly bytes: Uint8Array
  /** Where it differs from the end of the tensor before it. */
  readonly begin?: number
}

export function writeStored(
  file: string,
  tensors: Readonly<Record<string, StoredBytes>>,
  changes: { tail?: Uint8Array } = {},
): void {
  const header: Record<string, unknown> = { __metadata__: { format: 'pt' } }
  let offset = 0
  for (const [name, { dtype, shape, bytes, begin = offset }] of Object.entries(tensors)) {
    header[name] = { dtype, shape, data_offsets: [begin, begin + bytes.length] }
    offset = begin + bytes.length
  }
  const text = Buffer.from(JSON.stringify(header))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(text.length))
  writeFileSync(
    file,
    Buffer.concat([length, text, ...Object.values(tensors).map(({ bytes }) => bytes), changes.tail ?? Buffer.alloc(0)]),
  )
}

export const singles = (...values: number[]): Uint8Array => new Uint8Array(Float32Array.from(values).buffer)
/** Patterns of 16 bits: halves or bfloat16. */
export const words = (...patterns: number[]): Uint8Array => new Uint8Array(Uint16Array.from(patterns).buffer)
