/** `starter-tasks [--seed N] [--out FOLDER]`: writes the starter task set, and refuses to write a task that does not hold. */
import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { SPLITS } from '#contract/splits'
import { taskSchema, type ReferencedTask, type Task } from '#contract/task'
import { Failure } from '#contract/failure'
import { designOf, draftTasks } from '../starter/generate-tasks.ts'
import { REQUIRED_MUTANTS, verify } from '../starter/verify.ts'

const DEFAULT_FOLDER = join(import.meta.dirname, '../../../resources/starter')

/** Answers the exit code: 0 = written, 3 = a task does not hold. */
export async function starterTasks(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: { seed: { type: 'string' }, out: { type: 'string' } } })
  const seed = Number(values.seed ?? 1)
  if (!Number.isSafeInteger(seed)) throw new Failure('arguments.invalid', { problem: '--seed must be a whole number.' })
  const folder = values.out ?? DEFAULT_FOLDER
  const drafts = draftTasks(seed)
  const tasks: Task[] = []
  let refusedCount = 0
  for (const [i, draft] of drafts.entries()) {
    const task = await verified(draft)
    if (task === null) refusedCount++
    else tasks.push(task)
    if (i % 50 === 49) console.error(`${i + 1} of ${drafts.length} tasks verified`)
  }
  if (refusedCount > 0) return 3
  write(folder, tasks, seed)
  return 0
}

/** The task with its trivialMatch; null, with the reason on stderr, where it does not hold. */
async function verified(draft: ReferencedTask): Promise<ReferencedTask | null> {
  const { referenceMatch, failingMistakes, trivialMatch } = await verify(draft, designOf(draft))
  const refuse = (reason: string): null => {
    console.error(`${draft.id}: ${reason}`)
    return null
  }
  if (referenceMatch < 1) return refuse('its reference does not pass')
  if (failingMistakes.length < REQUIRED_MUTANTS)
    return refuse(`only ${failingMistakes.length} mutants fail: ${failingMistakes.join(', ')}`)
  if (trivialMatch === 1) return refuse('a module that does nothing passes')
  const task = { ...draft, trivialMatch: Math.round(trivialMatch * 1e6) / 1e6 }
  taskSchema.parse(task)
  return task
}

function write(folder: string, tasks: readonly Task[], seed: number): void {
  const text = tasks.map((task) => `${JSON.stringify(task)}\n`).join('')
  const counts = Object.fromEntries(SPLITS.map((split) => [split, tasks.filter((task) => task.split === split).length]))
  const source = {
    name: 'VeriTune starter tasks',
    origin: 'made by `npm run starter:tasks`',
    licence: 'MIT',
    seed,
    counts,
    families: new Set(tasks.map(({ family }) => family)).size,
    sha256: createHash('sha256').update(text).digest('hex'),
  }
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'tasks.jsonl'), text)
  writeFileSync(join(folder, 'source.json'), `${JSON.stringify(source, null, 2)}\n`)
  console.error(`${join(folder, 'tasks.jsonl')}: ${JSON.stringify(counts)}`)
}
