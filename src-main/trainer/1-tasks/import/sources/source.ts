/** Where a data set's files come from. Nothing is ever written. */
import type { ImportProblem } from '#contract/dataset-check'
import { RowProblem } from '../problem.ts'

export interface SourceFile {
  /** Relative to the data set, with `/`. */
  readonly path: string
  readonly bytes: number
  /** On the disk, for readers that jump; null inside an archive. */
  readonly diskPath: string | null
  /** Its bytes; a part is good until the next one is asked for. */
  open(): AsyncIterable<Buffer>
}

export interface Source {
  readonly files: readonly SourceFile[]
  readonly problems: readonly ImportProblem[]
  /** A file by itself. */
  readonly isSingle: boolean
  close(): void
}

/** A part of a task is a page of text, not a volume. */
const MAX_PART_BYTES = 4_000_000

/** The whole text of a file. Throws RowProblem when it is too large. */
export async function textOf(file: SourceFile, maxBytes = MAX_PART_BYTES): Promise<string> {
  return (await bytesOf(file, maxBytes))
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .replaceAll('\r\n', '\n')
}

/** All bytes of a file. Throws RowProblem when there are more than allowed, counted as they come. */
export async function bytesOf(file: SourceFile, maxBytes: number): Promise<Buffer> {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of file.open()) {
    length += part.length
    if (length > maxBytes) {
      throw new RowProblem(null, `${file.path} is larger than ${Math.round(maxBytes / 1e6)} MB.`, 'Split it, or leave it out.')
    }
    parts.push(Buffer.from(part))
  }
  return Buffer.concat(parts)
}

/** What operating systems, editors and tools leave behind. */
const NOISE =
  /(^|\/)(\.[^/]*|__MACOSX|node_modules|_pic|_chatgpt35|_chatgpt4)(\/|$)|\.(vcd|fst|vvp|out|o|png|jpg|pdf|md~|bak)$|(^|\/)[Mm]akefile$/

export function isNoise(path: string): boolean {
  return NOISE.test(path)
}

export function fileProblem(file: string, message: string, fix: string): ImportProblem {
  return { file, line: 0, field: null, message, fix, isWarning: false }
}
