/**
 * The safetensors format: eight bytes of header length, a JSON header with dtype, shape and byte range of each tensor, then the bytes.
 * Source: the format's published description. Tensors are read into float32 whatever their stored type.
 */
import { closeSync, fstatSync, openSync, readSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { z } from 'zod'
import { Failure } from '#contract/failure'
import type { Tensor, Tensors } from './model/weights.ts'

const MAX_HEADER_BYTES = 100_000_000
const BYTES_PER_ELEMENT = { F32: 4, F16: 2, BF16: 2 } as const

const entrySchema = z.object({
  dtype: z.enum(['F32', 'F16', 'BF16']),
  shape: z.array(z.int().min(0)),
  data_offsets: z.tuple([z.int().min(0), z.int().min(0)]),
})
const indexSchema = z.object({ weight_map: z.record(z.string(), z.string()) })

/** Tensors of a model folder: one model.safetensors, or the shards that its index names. */
export function readModelTensors(folder: string): Tensors {
  const index = join(folder, 'model.safetensors.index.json')
  if (!existsSync(index)) return readTensors(join(folder, 'model.safetensors'))
  const { weight_map: shards } = indexSchema.parse(JSON.parse(readFileSync(index, 'utf8')))
  return new Map([...new Set(Object.values(shards))].flatMap((shard) => [...readTensors(join(folder, shard))]))
}

/** All tensors of one file. Throws Failure model.missing-file or model.invalid, naming the file. */
export function readTensors(file: string): Tensors {
  let handle: number
  try {
    handle = openSync(file, 'r')
  } catch (error) {
    throw new Failure('model.missing-file', { folder: dirname(file), file: basename(file) }, { cause: error })
  }
  try {
    return readAll(handle, file)
  } finally {
    closeSync(handle)
  }
}

function readAll(handle: number, file: string): Tensors {
  const refuse = (problem: string): never => {
    throw new Failure('model.invalid', {
      folder: dirname(file),
      problem: `${basename(file)}: ${problem}`,
      remedy: 'Copy the file again from where it came.',
    })
  }
  const size = fstatSync(handle).size
  if (size < 8) return refuse('it is shorter than its header length')
  const headerLength = Number(readBytes(handle, 0, 8).readBigUInt64LE())
  if (headerLength > MAX_HEADER_BYTES || 8 + headerLength > size) return refuse('its header is longer than the file')
  let header: Record<string, unknown>
  try {
    header = JSON.parse(readBytes(handle, 8, headerLength).toString('utf8')) as Record<string, unknown>
  } catch {
    return refuse('its header is not JSON')
  }
  const tensors: Tensors = new Map()
  for (const [name, raw] of Object.entries(header)) {
    if (name === '__metadata__') continue
    const entry = entrySchema.safeParse(raw)
    if (!entry.success) return refuse(`tensor ${name} has no usable type, shape or range`)
    const { dtype, shape, data_offsets: range } = entry.data
    const count = shape.reduce((product, extent) => product * extent, 1)
    const bytes = range[1] - range[0]
    if (bytes !== count * BYTES_PER_ELEMENT[dtype]) return refuse(`the bytes of tensor ${name} do not fill its shape`)
    if (8 + headerLength + range[1] > size) return refuse(`tensor ${name} ends beyond the end of the file`)
    const tensor: Tensor = { shape, data: decode(readBytes(handle, 8 + headerLength + range[0], bytes), dtype) }
    const flaw = tensor.data.findIndex((value) => !Number.isFinite(value))
    if (flaw >= 0) return refuse(`tensor ${name} holds ${tensor.data[flaw]} at place ${flaw}`)
    tensors.set(name, tensor)
  }
  return tensors
}

function readBytes(handle: number, position: number, length: number): Buffer {
  const buffer = Buffer.alloc(length)
  let done = 0
  while (done < length) {
    const count = readSync(handle, buffer, done, length - done, position + done)
    if (count === 0) break
    done += count
  }
  return buffer
}

function decode(bytes: Buffer, dtype: keyof typeof BYTES_PER_ELEMENT): Float32Array {
  const aligned = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)
  if (dtype === 'F32') return new Float32Array(aligned)
  const words = new Uint16Array(aligned)
  const values = new Float32Array(words.length)
  for (let i = 0; i < words.length; i++) values[i] = dtype === 'F16' ? fromHalf(words[i]!) : fromBrain(words[i]!)
  return values
}

/** Writes a file in one go; the caller names it atomically. */
export function writeTensors(
  file: string,
  tensors: Tensors,
  dtype: 'F32' | 'F16' = 'F32',
  metadata: Record<string, string> = {},
): void {
  const header: Record<string, unknown> = { __metadata__: { format: 'pt', ...metadata } }
  const parts: Uint8Array[] = []
  let offset = 0
  for (const [name, { shape, data }] of [...tensors].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const bytes = encode(data, dtype)
    header[name] = { dtype, shape, data_offsets: [offset, offset + bytes.byteLength] }
    parts.push(bytes)
    offset += bytes.byteLength
  }
  // The header is padded with blanks so that the tensors begin at a multiple of eight.
  const text = JSON.stringify(header)
  const padded = Buffer.from(text.padEnd(Math.ceil(text.length / 8) * 8, ' '))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(padded.byteLength))
  writeFileSync(file, Buffer.concat([length, padded, ...parts]))
}

function encode(data: Float32Array, dtype: 'F32' | 'F16'): Uint8Array {
  if (dtype === 'F32') return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  const words = new Uint16Array(data.length)
  for (let i = 0; i < data.length; i++) words[i] = toHalf(data[i]!)
  return new Uint8Array(words.buffer)
}

const scratch = new DataView(new ArrayBuffer(4))

function fromBrain(word: number): number {
  scratch.setUint32(0, word << 16)
  return scratch.getFloat32(0)
}

function fromHalf(word: number): number {
  const sign = word & 0x8000 ? -1 : 1
  const exponent = (word >> 10) & 0x1f
  const fraction = word & 0x3ff
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

/** Nearest half, ties to even (IEEE 754). */
function toHalf(value: number): number {
  scratch.setFloat32(0, value)
  const bits = scratch.getUint32(0)
  const sign = (bits >>> 16) & 0x8000
  const magnitude = Math.abs(value)
  if (Number.isNaN(value)) return sign | 0x7e00
  if (magnitude >= 65520) return sign | 0x7c00
  // Below the smallest normal half, steps are 2^-24; above, 2^(exponent - 10).
  const exponent = Math.max(-14, Math.floor(Math.log2(magnitude || 2 ** -30)))
  const steps = roundToEven(magnitude / 2 ** (exponent - 10))
  if (steps === 0) return sign
  return exponent === -14 && steps < 1024 ? sign | steps : sign | (((exponent + 15) << 10) + steps - 1024)
}

function roundToEven(value: number): number {
  const floor = Math.floor(value)
  const rest = value - floor
  if (rest !== 0.5) return Math.round(value)
  return floor % 2 === 0 ? floor : floor + 1
}
