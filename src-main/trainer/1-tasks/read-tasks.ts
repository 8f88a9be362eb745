/** tasks.jsonl -> tasks, line by line, with errors that name the line and the field. */
import { createHash } from 'node:crypto'
import { createReadStream, statSync } from 'node:fs'
import { Failure } from '#contract/failure'
import { taskSchema, type Split, type Task } from '#contract/task'

const MAX_LINE_LENGTH = 1_000_000

export interface Dataset {
  readonly file: string
  /** SHA-256 of the file, hex. */
  readonly hash: string
  readonly tasks: Readonly<Record<Split, readonly Task[]>>
}

/** Throws Failure dataset.missing or dataset.invalid-line. */
export async function readDataset(file: string): Promise<Dataset> {
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory() ?? true) throw new Failure('dataset.missing', { file })
  const hash = createHash('sha256')
  const tasks: Record<Split, Task[]> = { train: [], validation: [], test: [] }
  const ids = new Map<string, number>()
  let line = 0
  for await (const text of linesOf(file, (bytes) => hash.update(bytes))) {
    line++
    if (text.trim() === '') continue
    const task = parseTask(text, file, line)
    const first = ids.get(task.id)
    if (first !== undefined) throw invalid(file, line, 'id', `"${task.id}" is already used in line ${first}.`)
    ids.set(task.id, line)
    tasks[task.split].push(task)
  }
  return { file, hash: hash.digest('hex'), tasks }
}

/**
 * Lines end at a newline and nowhere else: node:readline also cuts at U+2028 and U+2029, which JSON allows inside a text.
 * The decoder drops a byte order mark and keeps letters whole. A line that is far too long comes as soon as that is known.
 */
async function* linesOf(file: string, onBytes: (bytes: Buffer) => void): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const bytes of createReadStream(file) as AsyncIterable<Buffer>) {
    onBytes(bytes)
    const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n')
    rest = lines.pop()!
    yield* lines
    if (rest.length > MAX_LINE_LENGTH) yield rest
  }
  yield rest + decoder.decode()
}

function parseTask(text: string, file: string, line: number): Task {
  if (text.length > MAX_LINE_LENGTH) throw invalid(file, line, 'the line', `is longer than ${MAX_LINE_LENGTH} characters.`)
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
