/**
 * The safetensors format: eight bytes of header length, a JSON header with dtype, shape and byte range of each tensor, then the bytes, which the
 * tensors fill without a gap. Source: the format's published description. Tensors are read into float32 whatever their stored type.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { z } from 'zod'
import { Failure } from '#contract/failure'
import type { Tensors } from './model/weights.ts'
import { areFinite, widen, WEIGHT_BYTES, type WeightType } from './widen.ts'

const MAX_HEADER_BYTES = 100_000_000
/** Read at a time: small enough for a processor's cache, so that widening finds it there. */
const CHUNK_BYTES = 1 << 20
const BIG_FILE = 'version https://git-lfs'

const entrySchema = z.object({
  dtype: z.string(),
  shape: z.array(z.int().min(0)),
  data_offsets: z.tuple([z.int().min(0), z.int().min(0)]),
})

export interface StoredTensor {
  readonly name: string
  /** As the file spells it: F32, BF16, I64, F8_E4M3 and others. */
  readonly dtype: string
  readonly shape: readonly number[]
  /** Bytes of the file, from `begin` up to and without `end`. */
  readonly begin: number
  readonly end: number
}

/** All tensors of one file. Throws Failure model.missing-file or model.invalid, naming the file. */
export function readTensors(path: string): Tensors {
  const file = new SafetensorsFile(path)
  try {
    return new Map([...file.tensors.values()].map((stored) => [stored.name, { shape: stored.shape, data: file.read(stored) }]))
  } finally {
    file.close()
  }
}

/** An open file whose header has been read and found whole. */
export class SafetensorsFile {
  /** In the order of their bytes. */
  readonly tensors: ReadonlyMap<string, StoredTensor>
  readonly #path: string
  readonly #handle: number
  #chunk: Uint8Array | null = null

  /** Throws Failure model.missing-file, or model.invalid for a header that cannot be true of this file. */
  constructor(path: string) {
    this.#path = path
    try {
      this.#handle = openSync(path, 'r')
    } catch (error) {
      throw new Failure('model.missing-file', { folder: dirname(path), file: basename(path) }, { cause: error })
    }
    try {
      this.tensors = this.#header()
    } catch (error) {
      this.close()
      throw error
    }
  }

  /** The tensor's numbers as float32, row by row. Throws Failure model.invalid for a type that is none of weights, a NaN or an infinity. */
  read(stored: StoredTensor): Float32Array {
    const { dtype, begin, end } = stored
    if (!isWeightType(dtype)) {
      return this.#refuse(
        `tensor ${stored.name} is stored as ${dtype}`,
        'The embedded engine reads F32, F16 and BF16: get the model in one of these, not a quantised one.',
      )
    }
    const data = new Float32Array((end - begin) / WEIGHT_BYTES[dtype])
    const bits = new Int32Array(data.buffer)
    const elements = CHUNK_BYTES / WEIGHT_BYTES[dtype]
    for (let at = 0; at < data.length; at += elements) {
      const part = bits.subarray(at, at + elements)
      if (!this.#readPart(dtype, begin + at * WEIGHT_BYTES[dtype], part)) this.#refuseFlaw(stored, data)
    }
    return data
  }

  close(): void {
    closeSync(this.#handle)
  }

  /** Fills `part` from the file; answers whether all numbers are finite. */
  #readPart(dtype: WeightType, position: number, part: Int32Array): boolean {
    if (dtype === 'F32') {
      this.#readBytes(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), position)
      return areFinite(part)
    }
    this.#chunk ??= new Uint8Array(CHUNK_BYTES)
    const bytes = this.#chunk.subarray(0, part.length * WEIGHT_BYTES[dtype])
    this.#readBytes(bytes, position)
    return widen(bytes, dtype, part)
  }

  #header(): Map<string, StoredTensor> {
    const size = fstatSync(this.#handle).size
    const start = Buffer.alloc(Math.min(size, BIG_FILE.length))
    this.#readBytes(start, 0)
    if (start.toString('latin1') === BIG_FILE) {
      return this.#refuse('it is a pointer of Git LFS, not the weights', 'Run `git lfs pull` in the folder.')
    }
    if (size < 8) return this.#refuse('it is shorter than its header length')
    const headerLength = Number(start.readBigUInt64LE())
    if (headerLength > MAX_HEADER_BYTES || 8 + headerLength > size) return this.#refuse('its header is longer than the file')
    const text = Buffer.alloc(headerLength)
    this.#readBytes(text, 8)
    const tensors = this.#entries(text.toString('utf8'), 8 + headerLength)
    this.#checkRanges(tensors, 8 + headerLength, size)
    return new Map(tensors.map((tensor) => [tensor.name, tensor]))
  }

  /** Sorted by their bytes. */
  #entries(text: string, start: number): StoredTensor[] {
    let header: unknown
    try {
      header = JSON.parse(text)
    } catch {
      return this.#refuse('its header is not JSON')
    }
    if (typeof header !== 'object' || header === null) return this.#refuse('its header is no JSON object')
    return Object.entries(header)
      .filter(([name]) => name !== '__metadata__')
      .map(([name, raw]) => {
        const entry = entrySchema.safeParse(raw)
        if (!entry.success) return this.#refuse(`tensor ${name} has no usable type, shape or range`)
        const { dtype, shape, data_offsets: offsets } = entry.data
        const bytes = shape.reduce((product, extent) => product * extent, 1) * (isWeightType(dtype) ? WEIGHT_BYTES[dtype] : NaN)
        if (isWeightType(dtype) && bytes !== offsets[1] - offsets[0]) {
          return this.#refuse(`the bytes of tensor ${name} do not fill its shape [${shape.join(', ')}]`)
        }
        return { name, dtype, shape, begin: start + offsets[0], end: start + offsets[1] }
      })
      .sort((a, b) => a.begin - b.begin || a.end - b.end)
  }

  #checkRanges(tensors: readonly StoredTensor[], start: number, size: number): void {
    let end = start
    let last = 'the header'
    for (const tensor of tensors) {
      if (tensor.begin < end) this.#refuse(`tensor ${tensor.name} begins inside ${last}`)
      if (tensor.begin > end) this.#refuse(`nothing uses the bytes between ${last} and tensor ${tensor.name}`)
      if (tensor.end < tensor.begin) this.#refuse(`tensor ${tensor.name} ends before it begins`)
      end = tensor.end
      last = `tensor ${tensor.name}`
    }
    if (size < end) this.#refuse(`it is cut off: its tensors take ${end} bytes, it has ${size}`)
    if (size > end) this.#refuse(`it goes on after its last tensor: that ends at byte ${end} of ${size}`)
  }

  #readBytes(into: Uint8Array, position: number): void {
    for (let done = 0; done < into.length;) {
      const count = readSync(this.#handle, into, done, into.length - done, position + done)
      if (count === 0) this.#refuse('it became shorter while it was read')
      done += count
    }
  }

  #refuseFlaw({ name, shape }: StoredTensor, data: Float32Array): never {
    const at = data.findIndex((value) => !Number.isFinite(value))
    return this.#refuse(
      `tensor ${name} holds ${data[at]} at place [${placeOf(at, shape).join(', ')}]`,
      'Get the file again. If it is the same there, the model was damaged when it was made: choose another.',
    )
  }

  #refuse(problem: string, remedy = 'Copy the file again from where it came.'): never {
    throw new Failure('model.invalid', {
      folder: dirname(this.#path),
      problem: `${basename(this.#path)}: ${problem}`,
      remedy,
    })
  }
}

function isWeightType(dtype: string): dtype is WeightType {
  return dtype in WEIGHT_BYTES
}

/** Indices of element number `at` of a tensor. */
function placeOf(at: number, shape: readonly number[]): number[] {
  return shape.map((_, axis) => {
    const inner = shape.slice(axis + 1).reduce((product, extent) => product * extent, 1)
    return Math.floor(at / inner) % shape[axis]!
  })
}
