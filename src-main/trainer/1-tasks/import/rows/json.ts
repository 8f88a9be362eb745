import { linesOf } from '../../lines.ts'
import { RowProblem } from '../problem.ts'
import { textOf, type SourceFile } from '../sources/source.ts'
import { isRecord, type BadRow, type Row } from './rows.ts'

const MAX_LINE_BYTES = 8_000_000
/** A JSON document is read whole. */
const MAX_DOCUMENT_BYTES = 64_000_000

export async function* jsonLineRows(file: SourceFile): AsyncGenerator<Row | BadRow> {
  for await (const { number, text } of linesOf(file.open(), MAX_LINE_BYTES)) {
    if (text === null) {
      const fix = 'Shorten the texts of this row, or leave it out.'
      yield { number, message: `The line is longer than ${MAX_LINE_BYTES / 1e6} MB.`, fix }
    } else if (text.trim() !== '') {
      yield rowOf(number, text)
    }
  }
}

function rowOf(number: number, text: string): Row | BadRow {
  try {
    return asRow(number, JSON.parse(text))
  } catch (error) {
    return { number, message: `The line is not JSON (${(error as Error).message}).`, fix: 'Write one JSON object on each line.' }
  }
}

function asRow(number: number, value: unknown): Row | BadRow {
  return isRecord(value)
    ? { number, value }
    : { number, message: 'It is not a JSON object.', fix: 'Write each task as an object: {"prompt": …}.' }
}

/** An array of objects, or an object that holds one such array; many files of that name hold JSON lines. */
export async function* jsonRows(file: SourceFile): AsyncGenerator<Row | BadRow> {
  if (await hasJsonLines(file)) return yield* jsonLineRows(file)
  const rows = rowsIn(await textOf(file, MAX_DOCUMENT_BYTES), file.path)
  for (const [i, value] of rows.entries()) yield asRow(i + 1, value)
}

/** Its first line is a whole object, and there is a second. */
async function hasJsonLines(file: SourceFile): Promise<boolean> {
  let isFirst = true
  for await (const { number, text } of linesOf(file.open(), MAX_LINE_BYTES)) {
    if (text?.trim() === '') continue
    if (!isFirst) return true
    if (text === null || !('value' in rowOf(number, text))) return false
    isFirst = false
  }
  return false
}

function rowsIn(text: string, path: string): readonly unknown[] {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw new RowProblem(null, `${path} is not JSON (${(error as Error).message}).`, 'Correct it, or write JSON lines (.jsonl).')
  }
  const arrays = Array.isArray(json) ? [json] : isRecord(json) ? Object.values(json).filter((value) => Array.isArray(value)) : []
  const [first] = arrays
  if (first !== undefined && arrays.length === 1) return first
  // One task alone.
  return isRecord(json) && arrays.length === 0 ? [json] : []
}
