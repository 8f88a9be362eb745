/**
 * Frames of the socket between trainer and Python engine; the other side is native/veritune_engine/wire.py.
 * A frame: uint32 bytes of the header, uint32 bytes of the body (little-endian), the header as JSON in UTF-8, the body. The header's `tensors`
 * lists [dtype, count] of the arrays that stand end to end in the body.
 */
import { z } from 'zod'

export type WireArray = Int32Array | Float32Array

export interface Frame {
  readonly header: unknown
  readonly arrays: readonly WireArray[]
}

const PREFIX_BYTES = 8
const ELEMENT_BYTES = 4
/** No header is near this: token texts of a large vocabulary are a few megabytes. */
const MAX_HEADER_BYTES = 1 << 28

const listedSchema = z.looseObject({
  tensors: z.array(z.tuple([z.enum(['int32', 'float32']), z.int().min(0)])).default([]),
})

/** The pieces of a frame, to be written one after another. */
export function frameBytes(header: object, arrays: readonly WireArray[] = []): Uint8Array[] {
  const tensors = arrays.map((array) => [array instanceof Int32Array ? 'int32' : 'float32', array.length])
  const text = Buffer.from(JSON.stringify({ ...header, tensors }))
  const prefix = Buffer.alloc(PREFIX_BYTES)
  prefix.writeUInt32LE(text.length, 0)
  prefix.writeUInt32LE(
    arrays.reduce((sum, { byteLength }) => sum + byteLength, 0),
    4,
  )
  return [prefix, text, ...arrays.map(({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength))]
}

/** Takes bytes as they come and gives whole frames. Throws a plain Error where the bytes are no frame. */
export class FrameReader {
  #chunks: Buffer[] = []
  #size = 0

  push(chunk: Buffer): Frame[] {
    this.#chunks.push(chunk)
    this.#size += chunk.length
    const frames: Frame[] = []
    for (let frame = this.#next(); frame !== null; frame = this.#next()) frames.push(frame)
    return frames
  }

  #next(): Frame | null {
    if (this.#size < PREFIX_BYTES) return null
    const prefix = this.#peek(PREFIX_BYTES)
    const [headerBytes, bodyBytes] = [prefix.readUInt32LE(0), prefix.readUInt32LE(4)]
    if (headerBytes > MAX_HEADER_BYTES) throw new Error(`a frame's header of ${headerBytes} bytes`)
    if (this.#size < PREFIX_BYTES + headerBytes + bodyBytes) return null
    const whole = this.#take(PREFIX_BYTES + headerBytes + bodyBytes)
    const header: unknown = JSON.parse(whole.toString('utf8', PREFIX_BYTES, PREFIX_BYTES + headerBytes))
    return { header, arrays: arraysOf(header, whole.subarray(PREFIX_BYTES + headerBytes)) }
  }

  #peek(count: number): Buffer {
    if (this.#chunks[0]!.length < count) this.#join()
    return this.#chunks[0]!
  }

  #take(count: number): Buffer {
    this.#join()
    const all = this.#chunks[0]!
    const rest = all.subarray(count)
    this.#chunks = rest.length === 0 ? [] : [rest]
    this.#size = rest.length
    return all.subarray(0, count)
  }

  #join(): void {
    if (this.#chunks.length > 1) this.#chunks = [Buffer.concat(this.#chunks)]
  }
}

function arraysOf(header: unknown, body: Buffer): WireArray[] {
  const { tensors } = listedSchema.parse(header)
  let start = 0
  return tensors.map(([dtype, count]) => {
    const end = start + count * ELEMENT_BYTES
    if (end > body.length) throw new Error(`a frame's body of ${body.length} bytes is shorter than its tensors`)
    // A copy: typed arrays begin at multiples of four, what came over a socket anywhere.
    const bytes = body.buffer.slice(body.byteOffset + start, body.byteOffset + end)
    start = end
    return dtype === 'int32' ? new Int32Array(bytes) : new Float32Array(bytes)
  })
}
