/** Zip archives as nobody's tool would write them. Source of the format: PKWARE APPNOTE 6.3.10, sections 4.3.7, 4.3.12, 4.3.16. */
import { crc32, deflateRawSync } from 'node:zlib'

export interface ZipEntry {
  readonly name: string
  readonly data: string | Buffer
  /** Unix mode with the kind, e.g. 0o120777 for a link. */
  readonly mode?: number
  readonly isEncrypted?: boolean
  /** What the directory claims, if that is not the truth. */
  readonly claimedBytes?: number
}

const LOCAL_HEADER_BYTES = 30
const DEFLATED = 8

export function zipOf(entries: readonly ZipEntry[]): Buffer {
  const locals: Buffer[] = []
  const central: Buffer[] = []
  let offset = 0
  for (const entry of entries) {
    const [name, data] = [Buffer.from(entry.name), Buffer.from(entry.data)]
    const packed = deflateRawSync(data)
    const fields = { entry, name, data, packed, offset }
    locals.push(localHeader(fields), name, packed)
    central.push(centralHeader(fields), name)
    offset += LOCAL_HEADER_BYTES + name.length + packed.length
  }
  const directory = Buffer.concat(central)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(entries.length, 8)
  end.writeUInt16LE(entries.length, 10)
  end.writeUInt32LE(directory.length, 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...locals, directory, end])
}

interface Fields {
  readonly entry: ZipEntry
  readonly name: Buffer
  readonly data: Buffer
  readonly packed: Buffer
  readonly offset: number
}

function localHeader(fields: Fields): Buffer {
  const header = Buffer.alloc(LOCAL_HEADER_BYTES)
  header.writeUInt32LE(0x04034b50, 0)
  header.writeUInt16LE(20, 4)
  writeCommon(header, 6, fields)
  return header
}

function centralHeader(fields: Fields): Buffer {
  const header = Buffer.alloc(46)
  header.writeUInt32LE(0x02014b50, 0)
  // Made by Unix.
  header.writeUInt16LE((3 << 8) | 20, 4)
  header.writeUInt16LE(20, 6)
  writeCommon(header, 8, fields)
  header.writeUInt32LE(((fields.entry.mode ?? 0o100644) << 16) >>> 0, 38)
  header.writeUInt32LE(fields.offset, 42)
  return header
}

function writeCommon(header: Buffer, at: number, { entry, name, data, packed }: Fields): void {
  header.writeUInt16LE(entry.isEncrypted === true ? 1 : 0, at)
  header.writeUInt16LE(DEFLATED, at + 2)
  header.writeUInt32LE(crc32(data), at + 8)
  header.writeUInt32LE(packed.length, at + 12)
  header.writeUInt32LE(entry.claimedBytes ?? data.length, at + 16)
  header.writeUInt16LE(name.length, at + 20)
}
