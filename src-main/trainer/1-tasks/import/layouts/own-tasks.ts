/** Our own tasks.jsonl: whole tasks. */
import { taskSchema, type Task } from '#contract/task'
import { RowProblem } from '../problem.ts'
import type { Row } from '../rows/rows.ts'

export const OWN_LAYOUT = 'VeriTune tasks'

export function isOwnTask(value: Row['value']): boolean {
  return 'schemaVersion' in value && 'moduleName' in value
}

/** Throws RowProblem naming the field. */
export function ownTask(value: Row['value']): Task {
  const parsed = taskSchema.safeParse(value)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]!
  const field = issue.path.join('.') || null
  const message = issue.message.endsWith('received undefined') ? 'It is missing.' : `${issue.message}.`
  throw new RowProblem(field, message, 'Correct it, or leave the row out.')
}
