/** What is wrong with one row or file: it costs that task, never the import. */
export class RowProblem extends Error {
  readonly field: string | null
  readonly fix: string

  constructor(field: string | null, message: string, fix: string) {
    super(message)
    this.field = field
    this.fix = fix
  }
}
