/** Rows of a file, whatever it is written in. */
import { RowProblem } from '../problem.ts'
import type { SourceFile } from '../sources/source.ts'
import { csvRows } from './csv.ts'
import { jsonRows, jsonLineRows } from './json.ts'
import { parquetRows } from './parquet.ts'

export interface Row {
  /** Line of the file, or number of the record, from 1. */
  readonly number: number
  readonly value: Readonly<Record<string, unknown>>
}

/** A row that could not be read; reading goes on behind it. */
export interface BadRow {
  readonly number: number
  readonly message: string
  readonly fix: string
}

export type RowReader = (file: SourceFile) => AsyncGenerator<Row | BadRow>

const READERS: Readonly<Record<string, RowReader>> = {
  jsonl: ofText(jsonLineRows),
  ndjson: ofText(jsonLineRows),
  json: ofText(jsonRows),
  csv: ofText((file) => csvRows(file, ',')),
  tsv: ofText((file) => csvRows(file, '\t')),
  parquet: parquetRows,
}

/** Throws RowProblem for what some editors and spreadsheets save: every other byte would be a zero. */
function ofText(reader: RowReader): RowReader {
  return async function* (file) {
    if (await isUtf16(file)) throw new RowProblem(null, `${file.path} is written in UTF-16.`, 'Save it as UTF-8.')
    yield* reader(file)
  }
}

/** By its byte order mark, or a first character of which one byte is zero. */
async function isUtf16(file: SourceFile): Promise<boolean> {
  for await (const bytes of file.open()) {
    const [first = 1, second = 1] = bytes
    return (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff) || (first === 0) !== (second === 0)
  }
  return false
}

/** null for a file that holds no rows. */
export function rowReader(path: string): RowReader | null {
  return READERS[/\.(\w+)$/.exec(path)?.[1]?.toLowerCase() ?? ''] ?? null
}

/** By its first bytes, for a file whose name does not say; null for one that holds no rows. */
export async function signedReader(file: SourceFile): Promise<RowReader | null> {
  for await (const bytes of file.open()) {
    const begin = bytes.toString('latin1', 0, 100).replace(/^\xEF\xBB\xBF/, '')
    if (begin.startsWith('PAR1')) return parquetRows
    return /^\s*[{[]/.test(begin) ? READERS.json! : null
  }
  return null
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
