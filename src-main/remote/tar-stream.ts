/** Files as a tar stream (POSIX ustar), for hosts without rsync. */
import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import type { ParcelFile } from './parcel.ts'

const BLOCK = 512
/** The field for a size holds 11 octal digits; what is larger is written in 256ths, as GNU tar does. */
const OCTAL_LIMIT = 8 ** 11

export type TarFile = Pick<ParcelFile, 'from' | 'to' | 'size' | 'isProgram'>

/** Fails where a file has not the size that it is listed with. */
export function tarStream(files: readonly TarFile[]): Readable {
  return Readable.from(blocks(files), { objectMode: false })
}

async function* blocks(files: readonly TarFile[]): AsyncGenerator<Buffer> {
  for (const file of files) {
    yield tarHeader(file)
    let count = 0
    for await (const bytes of createReadStream(file.from, { highWaterMark: 256 * 1024 }) as AsyncIterable<Buffer>) {
      count += bytes.length
      yield bytes
    }
    if (count !== file.size) throw new Error(`${file.from} changed while it was copied`)
    yield Buffer.alloc((BLOCK - (count % BLOCK)) % BLOCK)
  }
  yield Buffer.alloc(2 * BLOCK)
}

export function tarHeader({ to, size, isProgram }: TarFile): Buffer {
  const header = Buffer.alloc(BLOCK)
  const [prefix, name] = splitName(to)
  header.write(name, 0, 100)
  header.write(isProgram ? '0000755' : '0000644', 100)
  header.write('0000000', 108)
  header.write('0000000', 116)
  writeSize(header, size)
  // Times say nothing here: a file is known by its content.
  header.write('00000000000', 136)
  header.write('        ', 148)
  header.write('0', 156)
  header.write('ustar\0' + '00', 257)
  header.write(prefix, 345, 155)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return header
}

function writeSize(header: Buffer, size: number): void {
  if (size < OCTAL_LIMIT) return void header.write(size.toString(8).padStart(11, '0'), 124)
  header.writeBigUInt64BE(BigInt(size), 128)
  header[124] = 0x80
}

/** A name of more than 100 bytes is cut at a slash, into at most 155 and 100. */
function splitName(path: string): [prefix: string, name: string] {
  if (Buffer.byteLength(path) <= 100) return ['', path]
  for (let slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
    const [prefix, name] = [path.slice(0, slash), path.slice(slash + 1)]
    if (Buffer.byteLength(name) <= 100 && Buffer.byteLength(prefix) <= 155) return [prefix, name]
  }
  throw new Error(`${path} is too long a name for tar`)
}
