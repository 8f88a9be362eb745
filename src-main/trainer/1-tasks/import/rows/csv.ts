import { Readable } from 'node:stream'
import { parse } from 'csv-parse'
import type { SourceFile } from '../sources/source.ts'
import type { BadRow, Row } from './rows.ts'

const MAX_RECORD_CHARACTERS = 8_000_000

/** The first line names the columns; texts in quotation marks may go over lines. */
export async function* csvRows(file: SourceFile, delimiter: string): AsyncGenerator<Row | BadRow> {
  const bad: BadRow[] = []
  const parser = parse({
    delimiter,
    bom: true,
    info: true,
    columns: (names: string[]) => names.map((name) => (name === '__proto__' ? 'column-__proto__' : name.trim())),
    skip_empty_lines: true,
    skip_records_with_error: true,
    max_record_size: MAX_RECORD_CHARACTERS,
    on_skip: (error) => {
      const fix = 'Give each row as many fields as the first line, and close quotation marks.'
      bad.push({ number: Number(error?.lines ?? 0), message: `The row cannot be read (${error?.code ?? 'unknown'}).`, fix })
      return undefined
    },
  })
  const input = Readable.from(copies(file.open()))
  input.on('error', (error) => parser.destroy(error))
  input.pipe(parser)
  for await (const { record, info } of parser as AsyncIterable<{ record: Record<string, string>; info: { lines: number } }>) {
    yield* bad.splice(0)
    yield { number: info.lines, value: record }
  }
  yield* bad
}

/** A stream keeps several parts at once. */
async function* copies(parts: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const part of parts) yield Buffer.from(part)
}
