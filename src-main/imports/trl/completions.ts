/** completions/completions_00012.parquet: what TRL wrote of the completions of a step, a row each, in the order in which they were sampled. */
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import { COMPONENTS } from '#contract/components'
import type { RolloutRecord } from '#contract/journal'
import type { Scores } from '#contract/score'
import { unreadable } from '../imported-run.ts'

const FOLDER = 'completions'
const MAX_BYTES = 256 * 1024 * 1024

type Row = Readonly<Record<string, unknown>>

/** Step -> file. */
export function completionFiles(folder: string): ReadonlyMap<number, string> {
  const inside = join(folder, FOLDER)
  if (!existsSync(inside)) return new Map()
  const files = readdirSync(inside).flatMap((name): [number, string][] => {
    const step = /^completions_(\d+)\.parquet$/.exec(name)?.[1]
    return step === undefined ? [] : [[Number(step), join(inside, name)]]
  })
  return new Map(files.sort(([a], [b]) => a - b))
}

export interface RolloutFacts {
  readonly step: number
  /** Columns that are values of reward functions; others are a person's own. */
  readonly functions: readonly string[]
  /** The reward is their sum; else no file tells the reward of a single completion. */
  readonly isSum: boolean
  /** Stands for the family of a task, which TRL does not know. */
  readonly family: string
}

/** Throws Failure import.unreadable. */
export async function readCompletions(file: string, facts: RolloutFacts): Promise<RolloutRecord[]> {
  const rows = await rowsOf(file)
  let group = -1
  return rows.map((row, index) => {
    const instruction = textOf(row.prompt)
    if (index === 0 || instruction !== textOf(rows[index - 1]!.prompt)) group++
    return rolloutOf(row, instruction, { index, group }, facts)
  })
}

async function rowsOf(file: string): Promise<Row[]> {
  if (statSync(file).size > MAX_BYTES) throw unreadable(file, 'is larger than 256 MB.', 'Remove it; the curves need none.')
  let rows: Row[]
  try {
    rows = await parquetReadObjects({ file: await asyncBufferFromFile(file), compressors })
  } catch (error) {
    const problem = `cannot be read as Parquet: ${(error as Error).message}`
    throw unreadable(file, problem, 'Copy it again, or remove it; the curves need none.', { cause: error })
  }
  const missing = ['prompt', 'completion', 'advantage'].find((name) => rows[0] !== undefined && !(name in rows[0]))
  if (missing === undefined) return rows
  throw unreadable(
    file,
    `has no column "${missing}".`,
    'TRL writes it where log_completions is on; remove the file if something else did.',
  )
}

const UNSCORED = Object.fromEntries(
  COMPONENTS.map((component) => [component, { unscored: 'The run was imported: nothing here has scored it.' }]),
) as unknown as Scores

function rolloutOf(
  row: Row,
  instruction: string,
  { index, group }: { readonly index: number; readonly group: number },
  { step, functions, isSum, family }: RolloutFacts,
): RolloutRecord {
  const functionRewards = Object.fromEntries(functions.map((name) => [name, numberOf(row[name])]))
  return {
    step,
    index,
    group,
    taskId: `prompt-${createHash('sha256').update(instruction).digest('hex').slice(0, 12)}`,
    family,
    instruction,
    completion: textOf(row.completion),
    // TRL's table tells neither lengths nor what was cut.
    promptTokens: 0,
    completionTokens: 0,
    isTruncated: false,
    scores: UNSCORED,
    code: '',
    reasoning: '',
    reward: isSum ? sumOf(Object.values(functionRewards)) : null,
    advantage: numberOf(row.advantage) ?? 0,
    functionRewards,
  }
}

/** As TRL adds them: what a function did not judge counts nothing; null where none did. */
function sumOf(values: readonly (number | null)[]): number | null {
  const judged = values.filter((value) => value !== null)
  return judged.length === 0 ? null : judged.reduce((sum, value) => sum + value, 0)
}

function numberOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : typeof value === 'bigint' ? Number(value) : null
}

/** Of a conversation the contents of its messages; all but the last with who said them. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  if (!Array.isArray(value)) return value === null || value === undefined ? '' : JSON.stringify(value)
  const messages = value as readonly { readonly role?: unknown; readonly content?: unknown }[]
  if (messages.length === 1) return contentOf(messages[0]!.content)
  return messages.map(({ role, content }) => `${String(role)}: ${contentOf(content)}`).join('\n\n')
}

function contentOf(content: unknown): string {
  return typeof content === 'string' ? content : JSON.stringify(content ?? '')
}
