/** What a layout is: how it is recognised, and how its parts become tasks. */
import type { Draft } from '../draft.ts'
import type { Row } from '../rows/rows.ts'
import type { SourceFile } from '../sources/source.ts'

/** Drafts of one place of the data set. `read` throws RowProblem. */
export interface Place {
  /** Where it stands: the file, and the row in it; 0 = the whole file. */
  readonly file: string
  readonly row: number
  read(): Promise<Draft>
}

/** Tasks that are spread over files of their own. */
export interface FileLayout {
  readonly name: string
  /** One place a task; empty when it is not this layout. */
  places(files: readonly SourceFile[]): Place[]
}

/** Tasks in rows. */
export interface RowLayout {
  readonly name: string
  matches(value: Row['value']): boolean
  /** Throws RowProblem. */
  draft(row: Row, file: string): Draft
}
