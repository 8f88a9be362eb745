import { crc32 } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { FILE_HEADER, framed } from '#sync/offline/framing'

const BLOCK = 32 * 1024

/** Reads by LevelDB's description of its log alone: a second opinion. Throws where a chunk is not what its header says. */
function readBack(file: Buffer): Buffer[] {
  const records: Buffer[] = []
  let open: Buffer[] | null = null
  let at = FILE_HEADER.length
  while (at < file.length) {
    const left = BLOCK - (at % BLOCK)
    if (left < 7) {
      expect(file.subarray(at, at + left).every((byte) => byte === 0)).toBe(true)
      at += left
      continue
    }
    const [checksum, length, type] = [file.readUInt32LE(at), file.readUInt16LE(at + 4), file[at + 6]!]
    if (length > left - 7) throw new Error(`the chunk at ${at} leaves its block`)
    if (at + 7 + length > file.length) return records
    const payload = file.subarray(at + 7, at + 7 + length)
    if (crc32(file.subarray(at + 6, at + 7 + length)) !== checksum) throw new Error(`the chunk at ${at} is damaged`)
    if ((type === 1 || type === 2) !== (open === null)) throw new Error(`a chunk of type ${type} at ${at}`)
    open = [...(open ?? []), payload]
    if (type === 1 || type === 4) {
      records.push(Buffer.concat(open))
      open = null
    }
    at += 7 + length
  }
  return records
}

function fileOf(records: readonly Buffer[]): Buffer {
  let file: Buffer = FILE_HEADER
  for (const record of records) file = Buffer.concat([file, framed(record, file.length)])
  return file
}

/** Printed as a difference, records of a block would fill the screen. */
function isSame(found: readonly Buffer[], wanted: readonly Buffer[]): boolean {
  return found.length === wanted.length && found.every((record, i) => record.equals(wanted[i]!))
}

/** Bytes that differ from place to place. */
const bytes = (length: number): Buffer => Buffer.from(Array.from({ length }, (_, i) => (i * 31 + length) % 251))

describe('the framing of a .wandb file', () => {
  it('begins with the header that W&B looks for', () => {
    expect(FILE_HEADER.toString('latin1', 0, 4)).toBe(':W&B')
    expect(FILE_HEADER.readUInt16LE(4)).toBe(0xbee1)
    expect(FILE_HEADER[6]).toBe(0)
  })

  it('gives back records of every length around the end of a block', () => {
    // The first block has room for one chunk of this many bytes.
    const fit = BLOCK - FILE_HEADER.length - 7
    for (let length = fit - 16; length <= fit + 16; length++) {
      const records = [bytes(length), bytes(40), bytes(1)]
      expect(isSame(readBack(fileOf(records)), records), `a first record of ${length} bytes`).toBe(true)
    }
  })

  it('cuts a record that is longer than a block, in as many chunks as it needs', () => {
    const records = [bytes(10), bytes(BLOCK * 3 + 11), Buffer.alloc(0), bytes(BLOCK - 7), bytes(2 * (BLOCK - 7)), bytes(5)]
    expect(isSame(readBack(fileOf(records)), records)).toBe(true)
  })

  it('counts blocks from the beginning of the file, its header included', () => {
    const file = fileOf([bytes(BLOCK)])
    expect(file.readUInt16LE(FILE_HEADER.length + 4)).toBe(BLOCK - FILE_HEADER.length - 7)
    expect(file[BLOCK + 6]).toBe(4)
  })

  it('lets a reader of a file that breaks off have every record before', () => {
    const records = [bytes(100), bytes(BLOCK), bytes(3000)]
    const file = fileOf(records)
    expect(isSame(readBack(file.subarray(0, file.length - 1)), records.slice(0, 2))).toBe(true)
    expect(isSame(readBack(file.subarray(0, BLOCK + 20)), records.slice(0, 1))).toBe(true)
  })

  it('has a checksum over type and content: a flipped bit is found', () => {
    const file = fileOf([bytes(100)])
    for (const at of [FILE_HEADER.length + 6, FILE_HEADER.length + 50]) {
      const damaged = Buffer.from(file)
      damaged[at]! ^= 1
      expect(() => readBack(damaged)).toThrow(/damaged/)
    }
  })
})
