import type { ImportProblem } from '#contract/dataset-check'

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

/** What kept a task away. */
export function problemAt(file: string, line: number, error: unknown): ImportProblem {
  if (error instanceof RowProblem) {
    return { file, line, field: error.field, message: error.message, fix: error.fix, isWarning: false }
  }
  const message = `It cannot be read (${error instanceof Error ? error.message : String(error)}).`
  return { file, line, field: null, message, fix: 'Get the file again, or leave it out.', isWarning: false }
}

/** What a person should know although the task was taken in. */
export function remarkAt(file: string, line: number, { field, message, fix }: RowProblem): ImportProblem {
  return { file, line, field, message, fix, isWarning: true }
}
