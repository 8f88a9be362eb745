/** The completions of an evaluation as a table that W&B shows beside the step's numbers: a file of the run, and what its line says of it. */
import { createHash } from 'node:crypto'
import { COMPONENTS } from '#contract/components'
import type { RolloutRecord } from '#contract/journal'
import { stepName } from '#contract/run-directory'
import { isScored } from '#contract/score'
import type { LineValue } from './lines.ts'

export const TABLE_KEY = 'eval/completions'
/** A table for people: what is more stays in the run's folder. */
const MOST_ROWS = 400
const MOST_CHARACTERS = 4_000

export interface CompletionsTable {
  /** Of the file, among the run's. */
  readonly name: string
  readonly content: Buffer<ArrayBuffer>
  readonly value: LineValue
}

/** null where there is none. The same rollouts give the same bytes. */
export function completionsTable(step: number, rollouts: readonly RolloutRecord[]): CompletionsTable | null {
  if (rollouts.length === 0) return null
  const columns = ['task', 'family', 'instruction', 'completion', 'reward', ...COMPONENTS]
  const data = rollouts.slice(0, MOST_ROWS).map(rowOf)
  const content = Buffer.from(JSON.stringify({ columns, data, ncols: columns.length, nrows: data.length }))
  const sha256 = createHash('sha256').update(content).digest('hex')
  const name = `media/table/${TABLE_KEY}_${stepName(step)}_${sha256.slice(0, 20)}.table.json`
  const value = { _type: 'table-file', path: name, sha256, size: content.length, ncols: columns.length, nrows: data.length }
  return { name, content, value }
}

function rowOf({ taskId, family, instruction, completion, reward, scores }: RolloutRecord): (string | number | null)[] {
  const values = COMPONENTS.map((component) => {
    const score = scores[component]
    return isScored(score) ? score.value : null
  })
  return [taskId, family, cut(instruction), cut(completion), reward, ...values]
}

function cut(text: string): string {
  return text.length <= MOST_CHARACTERS ? text : `${text.slice(0, MOST_CHARACTERS)} …`
}
