/** The answer that a task's reference is: what a supervised step learns. */
import type { Task } from '#contract/task'
import { fenced } from './extract.ts'
import { prepareTask } from './prepared-task.ts'
import { trueStatements } from './reasoning/statements.ts'

/**
 * The reference in a fence, after true statements about it. null where a task has no reference, or one of which nothing can be said: an answer
 * without statements would teach to leave them out. Rejects as prepareTask does.
 */
export async function referenceAnswer(task: Task): Promise<string | null> {
  const facts = (await prepareTask(task))?.facts ?? null
  if (task.reference === null || facts === null) return null
  const statements = trueStatements(facts).map((statement) => `${statement}\n`)
  return `<reason>\n${statements.join('')}</reason>\n${fenced(task.reference)}`
}
