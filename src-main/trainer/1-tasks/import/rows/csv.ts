import { parse, type CsvError } from 'csv-parse/sync'
import type { SourceFile } from '../sources/source.ts'
import type { BadRow, Row } from './rows.ts'

const MAX_RECORD_BYTES = 8_000_000

/** The first line names the columns; texts in quotation marks may go over lines. A row's number is the line that it begins on. */
export async function* csvRows(file: SourceFile, delimiter: string): AsyncGenerator<Row | BadRow> {
  let columns: readonly string[] | null = null
  for await (const { number, text } of recordsOf(file.open())) {
    if (text === null) {
      const fix = 'Shorten the texts of this row, leave it out, or close a quotation mark before it.'
      yield { number, message: `The row is longer than ${MAX_RECORD_BYTES / 1e6} MB.`, fix }
      continue
    }
    if (text.trim() === '') continue
    const fields = fieldsOf(text, delimiter)
    if (typeof fields === 'string')
      yield { number, message: `The row cannot be read (${fields}).`, fix: 'Close quotation marks.' }
    else if (columns === null) columns = fields.map((name) => name.trim())
    else yield rowOf(number, columns, fields)
  }
}

function rowOf(number: number, columns: readonly string[], fields: readonly string[]): Row | BadRow {
  if (fields.length !== columns.length) {
    const message = `The row has ${fields.length} fields, the first line ${columns.length}.`
    return { number, message, fix: 'Give each row as many fields as the first line, and close quotation marks.' }
  }
  // Own properties, whatever a column is called.
  return { number, value: Object.fromEntries(columns.map((name, i) => [name, fields[i]!])) }
}

/** Fields of one record; the parser's word where there are none. */
function fieldsOf(record: string, delimiter: string): string[] | string {
  try {
    return parse(record, { delimiter, relax_column_count: true })[0] ?? []
  } catch (error) {
    return (error as CsvError).code ?? String(error)
  }
}

const [NEWLINE, QUOTE] = [0x0a, 0x22]

/** Lines, but for newlines between quotation marks. null for a record that is too long: nobody wants it in memory. Source: RFC 4180, section 2. */
async function* recordsOf(stream: AsyncIterable<Buffer>): AsyncGenerator<{ number: number; text: string | null }> {
  let [number, line, length, isQuoted] = [1, 1, 0, false]
  let parts: Buffer[] = []
  const record = (): { number: number; text: string | null } => {
    const text = length > MAX_RECORD_BYTES ? null : Buffer.concat(parts).toString('utf8')
    const found = { number, text: text === null || number > 1 ? text : text.replace(/^\uFEFF/, '') }
    parts = []
    length = 0
    number = line
    return found
  }
  // A copy: the stream may use its buffer again.
  const keep = (bytes: Buffer): void => {
    length += bytes.length
    if (length > MAX_RECORD_BYTES) parts = []
    else parts.push(Buffer.from(bytes))
  }
  for await (const bytes of stream) {
    let start = 0
    for (let i = 0; i < bytes.length; i++) {
      if (bytes[i] === QUOTE) isQuoted = !isQuoted
      if (bytes[i] !== NEWLINE) continue
      line++
      if (isQuoted) continue
      keep(bytes.subarray(start, i))
      start = i + 1
      yield record()
    }
    keep(bytes.subarray(start))
  }
  if (length > 0) yield record()
}
