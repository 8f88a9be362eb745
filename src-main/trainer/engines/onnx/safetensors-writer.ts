/**
 * Writing the safetensors format, tensor by tensor: what is in memory is the tensor being written and one chunk of it as stored.
 * Reading stands in safetensors.ts. Source: the format's published description.
 */
import { closeSync, openSync } from 'node:fs'
import { Failure } from '#contract/failure'
import { failWhenFull, writeWhole } from './full-disk.ts'
import { sizeOf, type Shape } from './graph/graph.ts'
import type { Tensors } from './model/weights.ts'

export const STORED_BYTES = { F32: 4, F16: 2, BF16: 2 } as const
export type StoredType = keyof typeof STORED_BYTES

export interface TensorPlace {
  readonly name: string
  readonly shape: Shape
}

/** Elements that are converted at a time. */
const CHUNK_ELEMENTS = 1 << 20

/** Writes all tensors, sorted by name. Whoever names the folder brings it to the disk first. Throws as TensorFile does. */
export function writeTensors(
  file: string,
  tensors: Tensors,
  dtype: StoredType = 'F32',
  metadata: Record<string, string> = {},
): void {
  const sorted = [...tensors].sort(([a], [b]) => (a < b ? -1 : 1))
  const places = sorted.map(([name, { shape }]) => ({ name, shape }))
  const writing = new TensorFile(file, places, dtype, metadata)
  try {
    for (const [, { data }] of sorted) writing.write(data)
    writing.finish()
  } finally {
    writing.close()
  }
}

/** A file in the making: its header is written first, then the tensors in the header's order. */
export class TensorFile {
  readonly #file: string
  readonly #places: readonly TensorPlace[]
  readonly #dtype: StoredType
  readonly #handle: number
  #written = 0

  /** Throws Failure disk.full, naming the file. */
  constructor(file: string, places: readonly TensorPlace[], dtype: StoredType, metadata: Record<string, string> = {}) {
    this.#file = file
    this.#places = places
    this.#dtype = dtype
    this.#handle = failWhenFull(file, () => openSync(file, 'w'))
    try {
      writeWhole(this.#handle, headerBytes(places, dtype, metadata), file)
    } catch (error) {
      this.close()
      throw error
    }
  }

  /** The next tensor. Throws Failure disk.full, and model.invalid for a value beyond the stored type; RangeError for a wrong size. */
  write(data: Float32Array): void {
    const place = this.#places[this.#written]
    if (place === undefined || sizeOf(place.shape) !== data.length) {
      throw new RangeError(`${data.length} elements are not those of tensor ${this.#written} of ${this.#file}`)
    }
    for (let start = 0; start < data.length; start += CHUNK_ELEMENTS) {
      const stored = toStored(data.subarray(start, start + CHUNK_ELEMENTS), this.#dtype)
      if (this.#dtype === 'F16') assertNoOverflow(stored as Uint16Array, data, start, place.name, this.#file)
      writeWhole(this.#handle, bytesOf(stored), this.#file)
    }
    this.#written++
  }

  /** Throws RangeError while tensors are missing. */
  finish(): void {
    if (this.#written < this.#places.length) {
      throw new RangeError(`${this.#file} has ${this.#written} of its ${this.#places.length} tensors`)
    }
  }

  close(): void {
    closeSync(this.#handle)
  }
}

export function bytesOf(data: Float32Array | Uint16Array): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
}

function headerBytes(places: readonly TensorPlace[], dtype: StoredType, metadata: Record<string, string>): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: { format: 'pt', ...metadata } }
  let offset = 0
  for (const { name, shape } of places) {
    const end = offset + sizeOf(shape) * STORED_BYTES[dtype]
    header[name] = { dtype, shape, data_offsets: [offset, end] }
    offset = end
  }
  // Padded with blanks so that the tensors begin at a multiple of eight.
  const text = Buffer.from(JSON.stringify(header))
  const bytes = Buffer.alloc(8 + Math.ceil(text.length / 8) * 8, ' ')
  bytes.writeBigUInt64LE(BigInt(bytes.length - 8))
  text.copy(bytes, 8)
  return bytes
}

/** f32 as it is; f16 and bf16 rounded to the nearest, ties to even (IEEE 754). */
function toStored(data: Float32Array, dtype: StoredType): Float32Array | Uint16Array {
  if (dtype === 'F32') return data
  return dtype === 'F16' ? new Uint16Array(new Float16Array(data).buffer) : toBrain(data)
}

/** bf16 is the upper half of f32: half of the last kept place is added, less one where that place is even. */
function toBrain(data: Float32Array): Uint16Array {
  const bits = new Uint32Array(data.buffer, data.byteOffset, data.length)
  const words = new Uint16Array(data.length)
  for (let i = 0; i < words.length; i++) {
    const word = bits[i]!
    // The carry must not make an infinity of a NaN.
    words[i] = Number.isNaN(data[i]!) ? 0x7fc0 : (word + 0x7fff + ((word >>> 16) & 1)) >>> 16
  }
  return words
}

const HALF_INFINITY = 0x7c00

function assertNoOverflow(words: Uint16Array, data: Float32Array, start: number, name: string, file: string): void {
  const place = words.findIndex((word) => (word & 0x7fff) === HALF_INFINITY)
  if (place < 0) return
  throw new Failure('model.invalid', {
    folder: file,
    problem: `${name} holds ${data[start + place]}, which float16 cannot hold (its largest number is 65504)`,
    remedy: 'Write it as bfloat16 or float32.',
  })
}
