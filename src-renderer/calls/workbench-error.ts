export interface ErrorRecord {
  readonly code: string
  readonly message: string
  readonly remedy?: string
  readonly field?: string | null
}

/** What the workbench refused, or why it could not be asked. */
export class WorkbenchError extends Error {
  readonly code: string
  readonly remedy: string
  /** The setting that is wrong, as a dotted path, or null. */
  readonly field: string | null

  constructor({ code, message, remedy = '', field = null }: ErrorRecord) {
    super(message)
    this.name = 'WorkbenchError'
    this.code = code
    this.remedy = remedy
    this.field = field
  }
}

/** There was no line; nothing left this page. */
export function notReached(): WorkbenchError {
  return new WorkbenchError({
    code: 'connection.lost',
    message: 'The workbench cannot be reached; nothing was asked of it.',
    remedy: 'The line is tried again by itself; if VeriTune was closed, start it again. Runs go on meanwhile.',
  })
}

/** It was sent, and the line was cut before the answer. */
export function notAnswered(): WorkbenchError {
  return new WorkbenchError({
    code: 'connection.unanswered',
    message: 'The line was cut before the workbench answered: it is not known whether this was done.',
    remedy: 'Look whether it was before you ask for it again.',
  })
}
