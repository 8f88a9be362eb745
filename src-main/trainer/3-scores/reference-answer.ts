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
  const reasoning = await trueReasoning(task)
  return task.reference === null || reasoning === null ? null : reasoning + fenced(task.reference)
}

/** A reasoning block of true statements about a task's reference; null where nothing can be said of it. Rejects as prepareTask does. */
export async function trueReasoning(task: Task): Promise<string | null> {
  const facts = (await prepareTask(task))?.facts ?? null
  if (facts === null) return null
  const statements = trueStatements(facts).map((statement) => `${statement}\n`)
  return `<reason>\n${statements.join('')}</reason>\n`
}
