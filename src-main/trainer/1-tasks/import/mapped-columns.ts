/** Do the columns exist that a person names? */
import type { ColumnMapping } from '#contract/dataset-check'
import { Failure } from '#contract/failure'
import { fieldOf } from './fields.ts'
import type { RowReader } from './rows/rows.ts'
import type { SourceFile } from './sources/source.ts'

/** Of those that there are, this many are named. */
const SHOWN_COLUMNS = 30

/** Throws Failure arguments.invalid for columns that no row has: said once, before anything else. Reads until all are met. */
export async function requireColumns(
  mapping: ColumnMapping,
  readers: ReadonlyMap<SourceFile, RowReader>,
  path: string,
): Promise<void> {
  const columns = new Set<string>()
  let unmet = Object.entries(mapping)
  for await (const value of readableRows(readers)) {
    unmet = unmet.filter(([, column]) => fieldOf(value, column) === undefined)
    if (unmet.length === 0) return
    if (columns.size < SHOWN_COLUMNS) for (const name of Object.keys(value)) columns.add(name)
  }
  // Why there are no rows is told of where they are read.
  if (columns.size === 0) return
  const missing = unmet.map(([part, column]) => `"${column}" (for ${part})`).join(' and ')
  const known = [...columns].slice(0, SHOWN_COLUMNS).join(', ')
  throw new Failure('arguments.invalid', { problem: `${path} has no column ${missing}. Its columns are: ${known}.` })
}

async function* readableRows(readers: ReadonlyMap<SourceFile, RowReader>): AsyncGenerator<Readonly<Record<string, unknown>>> {
  for (const [file, reader] of readers) {
    try {
      for await (const row of reader(file)) if ('value' in row) yield row.value
    } catch {
      continue
    }
  }
}
