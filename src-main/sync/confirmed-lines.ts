/**
 * What the server has acknowledged, line by line: a file of eight bytes a line, the beginning of the SHA-256 of the line's text; zeros = not confirmed.
 * It is written after an acknowledgement, so that whatever breaks in between, or of the file itself, has only one effect: lines are sent again, to
 * the same place with the same content. It belongs to one run at one server; for another it begins anew.
 */
import { createHash } from 'node:crypto'
import { closeSync, constants, fstatSync, ftruncateSync, mkdirSync, openSync, readSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import type { TextLine } from './file-stream.ts'

const HASH_BYTES = 8
/** SHA-256 of what the file belongs to. */
const HEADER_BYTES = 32
const FIRST_LINES = 1024

export class ConfirmedLines {
  readonly #descriptor: number
  #hashes: Buffer
  /** Lines from here on were never confirmed. */
  #length: number

  /** `owner` names the run at its server. */
  constructor(file: string, owner: string) {
    mkdirSync(dirname(file), { recursive: true })
    this.#descriptor = openSync(file, constants.O_RDWR | constants.O_CREAT)
    const header = createHash('sha256').update(owner).digest()
    const found = Buffer.alloc(HEADER_BYTES)
    readSync(this.#descriptor, found, 0, HEADER_BYTES, 0)
    if (!found.equals(header)) {
      ftruncateSync(this.#descriptor, 0)
      writeSync(this.#descriptor, header, 0, HEADER_BYTES, 0)
    }
    const bytes = Math.max(0, fstatSync(this.#descriptor).size - HEADER_BYTES)
    this.#length = Math.floor(bytes / HASH_BYTES)
    this.#hashes = Buffer.alloc(Math.max(FIRST_LINES, this.#length) * HASH_BYTES)
    readSync(this.#descriptor, this.#hashes, 0, this.#length * HASH_BYTES, HEADER_BYTES)
  }

  /** One more than the last number that was ever confirmed. */
  get length(): number {
    return this.#length
  }

  /** Of the lines before `end`. */
  count(end = this.#length): number {
    let count = 0
    const last = Math.min(end, this.#length)
    for (let number = 0; number < last; number++) if (this.#hashes.readBigUInt64LE(number * HASH_BYTES) !== 0n) count++
    return count
  }

  has({ number, text }: TextLine): boolean {
    return number < this.#length && this.#at(number).equals(hashOf(text))
  }

  /** Lines of one batch: their numbers have no gap. */
  confirm(lines: readonly TextLine[]): void {
    const [first] = lines
    if (first === undefined) return
    const end = first.number + lines.length
    this.#grow(end)
    for (const { number, text } of lines) hashOf(text).copy(this.#hashes, number * HASH_BYTES)
    // A gap before the batch becomes zeros of the file.
    writeSync(
      this.#descriptor,
      this.#hashes,
      first.number * HASH_BYTES,
      lines.length * HASH_BYTES,
      HEADER_BYTES + first.number * HASH_BYTES,
    )
    this.#length = Math.max(this.#length, end)
  }

  /** All is to be sent again. */
  forget(): void {
    this.#hashes.fill(0)
    ftruncateSync(this.#descriptor, HEADER_BYTES)
    this.#length = 0
  }

  close(): void {
    closeSync(this.#descriptor)
  }

  #at(number: number): Buffer {
    return this.#hashes.subarray(number * HASH_BYTES, (number + 1) * HASH_BYTES)
  }

  #grow(lines: number): void {
    if (lines * HASH_BYTES <= this.#hashes.length) return
    const larger = Buffer.alloc(Math.max(lines * HASH_BYTES, this.#hashes.length * 2))
    this.#hashes.copy(larger)
    this.#hashes = larger
  }
}

function hashOf(text: string): Buffer {
  return createHash('sha256').update(text).digest().subarray(0, HASH_BYTES)
}
