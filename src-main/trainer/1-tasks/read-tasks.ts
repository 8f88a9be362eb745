/** tasks.jsonl -> tasks, line by line, with errors that name the line and the field. */
import { createHash, type Hash } from 'node:crypto'
import { createReadStream, statSync } from 'node:fs'
import { Failure } from '#contract/failure'
import type { Split } from '#contract/splits'
import { taskSchema, type Task } from '#contract/task'
import { linesOf } from './lines.ts'

const MAX_LINE_BYTES = 8_000_000

/** What a run may know: the test tasks are counted, never given. */
export interface Dataset {
  readonly file: string
  /** SHA-256 of the file, hex. */
  readonly hash: string
  readonly tasks: Readonly<Record<Exclude<Split, 'test'>, readonly Task[]>>
  readonly counts: Readonly<Record<Split, number>>
}

export interface WholeDataset extends Dataset {
  readonly tasks: Readonly<Record<Split, readonly Task[]>>
}

/** All but the test tasks. Throws Failure dataset.missing or dataset.invalid-line; a wrong test task is wrong here too. */
export async function readDataset(file: string): Promise<Dataset> {
  const { tasks, ...dataset } = await readWholeDataset(file)
  return { ...dataset, tasks: { train: tasks.train, validation: tasks.validation } }
}

/** With the test tasks: for an evaluation that asks for them, and for a person who looks at the data set. Nothing that trains or chooses may call it. */
export async function readWholeDataset(file: string): Promise<WholeDataset> {
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory() ?? true) throw new Failure('dataset.missing', { file })
  const hash = createHash('sha256')
  const tasks: Record<Split, Task[]> = { train: [], validation: [], test: [] }
  const ids = new Map<string, number>()
  for await (const { number: line, text } of linesOf(hashed(file, hash), MAX_LINE_BYTES)) {
    if (text === null) throw invalid(file, line, 'the line', `is longer than ${MAX_LINE_BYTES / 1e6} MB.`)
    if (text.trim() === '') continue
    const task = parseTask(text, file, line)
    const first = ids.get(task.id)
    if (first !== undefined) throw invalid(file, line, 'id', `"${task.id}" is already used in line ${first}.`)
    ids.set(task.id, line)
    tasks[task.split].push(task)
  }
  const counts = { train: tasks.train.length, validation: tasks.validation.length, test: tasks.test.length }
  return { file, hash: hash.digest('hex'), tasks, counts }
}

async function* hashed(file: string, hash: Hash): AsyncGenerator<Buffer> {
  for await (const bytes of createReadStream(file) as AsyncIterable<Buffer>) {
    hash.update(bytes)
    yield bytes
  }
}

function parseTask(text: string, file: string, line: number): Task {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw invalid(file, line, 'the line', `is not JSON (${(error as Error).message}).`)
  }
  const parsed = taskSchema.safeParse(json)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]!
  throw invalid(
    file,
    line,
    issue.path.length > 0 ? `field "${issue.path.join('.')}"` : 'the task',
    issue.message.endsWith('received undefined') ? 'is missing.' : `is not valid: ${lowerFirst(issue.message)}.`,
  )
}

function invalid(file: string, line: number, field: string, problem: string): Failure {
  return new Failure('dataset.invalid-line', { file, line, field, problem })
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}
