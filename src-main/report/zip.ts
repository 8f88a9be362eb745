/** Files as one zip archive, for a browser that can take one file only. Source of the form: PKWARE, APPNOTE.TXT 6.3.3, sections 4.3.7, 4.3.12 and 4.3.16. */
import { crc32, deflateRawSync } from 'node:zlib'
import type { ReportFile } from './write-report.ts'

const VERSION = 20
/** Bit 11: names are UTF-8. */
const UTF8 = 0x0800
const DEFLATED = 8

export function zipOf(files: readonly ReportFile[], time: Date): Buffer {
  const parts: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const { name, content } of files) {
    const packed = deflateRawSync(content)
    const [common, nameBytes] = [commonFields(content, packed, Buffer.byteLength(name), time), Buffer.from(name, 'utf8')]
    const local = Buffer.concat([number(0x04034b50, 4), common, nameBytes, packed])
    directory.push(centralEntry(common, nameBytes, offset))
    parts.push(local)
    offset += local.length
  }
  const central = Buffer.concat(directory)
  const count = number(files.length, 2)
  const end = [number(0x06054b50, 4), number(0, 4), count, count, number(central.length, 4), number(offset, 4), number(0, 2)]
  return Buffer.concat([...parts, central, ...end])
}

/** What the local header and the directory share: from the version that is needed to the length of the extra field. */
function commonFields(content: Uint8Array, packed: Buffer, nameLength: number, time: Date): Buffer {
  const clock = (time.getUTCHours() << 11) | (time.getUTCMinutes() << 5) | (time.getUTCSeconds() >> 1)
  const date = ((time.getUTCFullYear() - 1980) << 9) | ((time.getUTCMonth() + 1) << 5) | time.getUTCDate()
  const short = [VERSION, UTF8, DEFLATED, clock, date].map((value) => number(value, 2))
  const long = [crc32(content), packed.length, content.length].map((value) => number(value, 4))
  return Buffer.concat([...short, ...long, number(nameLength, 2), number(0, 2)])
}

/** No comment, first disk, no attributes. */
function centralEntry(common: Buffer, name: Buffer, offset: number): Buffer {
  const rest = [number(0, 2), number(0, 2), number(0, 2), number(0, 4), number(offset, 4)]
  return Buffer.concat([number(0x02014b50, 4), number(VERSION, 2), common, ...rest, name])
}

function number(value: number, bytes: 2 | 4): Buffer {
  const buffer = Buffer.alloc(bytes)
  buffer.writeUIntLE(value, 0, bytes)
  return buffer
}
