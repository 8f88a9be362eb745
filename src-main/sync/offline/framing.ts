/**
 * The framing of a `.wandb` file: LevelDB's log, records cut into chunks that end with their block. Two things are W&B's own: blocks count from
 * the file's beginning, its 7-byte header included, and the checksum is CRC-32 (IEEE), unmasked.
 */
import { crc32 } from 'node:zlib'

/** `:W&B`, a magic number (0xBEE1, little-endian), version 0. */
export const FILE_HEADER = Buffer.from([0x3a, 0x57, 0x26, 0x42, 0xe1, 0xbe, 0])

const BLOCK_BYTES = 32 * 1024
/** Checksum (4), length (2), type (1). */
const CHUNK_HEADER_BYTES = 7
const CHUNK = { whole: 1, first: 2, middle: 3, last: 4 } as const

/** The bytes that a record adds to a file of `fileBytes` bytes. */
export function framed(record: Uint8Array, fileBytes: number): Buffer {
  const parts: Uint8Array[] = []
  let [at, start, isFirst] = [fileBytes, 0, true]
  const push = (bytes: Uint8Array): void => {
    parts.push(bytes)
    at += bytes.length
  }
  do {
    const left = BLOCK_BYTES - (at % BLOCK_BYTES)
    // Where no chunk fits, a block ends in zeros.
    if (left < CHUNK_HEADER_BYTES) push(Buffer.alloc(left))
    const room = BLOCK_BYTES - (at % BLOCK_BYTES) - CHUNK_HEADER_BYTES
    const end = Math.min(record.length, start + room)
    const payload = record.subarray(start, end)
    push(chunkHeader(payload, typeOf(isFirst, end === record.length)))
    push(payload)
    ;[start, isFirst] = [end, false]
  } while (start < record.length)
  return Buffer.concat(parts)
}

function typeOf(isFirst: boolean, isLast: boolean): number {
  if (isFirst) return isLast ? CHUNK.whole : CHUNK.first
  return isLast ? CHUNK.last : CHUNK.middle
}

function chunkHeader(payload: Uint8Array, type: number): Buffer {
  const header = Buffer.alloc(CHUNK_HEADER_BYTES)
  header.writeUInt32LE(crc32(payload, crc32(Uint8Array.of(type))), 0)
  header.writeUInt16LE(payload.length, 4)
  header.writeUInt8(type, 6)
  return header
}
