/** `starter-build [--minutes M] [--seed N] [--threads N] [--out FOLDER] [--work FOLDER] [--tasks N]`: trains the starter model from nothing. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Failure } from '#contract/failure'
import { taskSchema, type Task } from '#contract/task'
import { buildModel } from '../starter/build-model.ts'

const ROOT = join(import.meta.dirname, '../../..')
const TASKS = join(ROOT, 'resources/starter/tasks.jsonl')

/** Answers the exit code. A build that was cut off goes on where its last checkpoint stands when it is started again. */
export async function starterBuild(args: readonly string[]): Promise<number> {
  const text = { type: 'string' } as const
  const { values } = parseArgs({
    args: [...args],
    options: { minutes: text, seed: text, threads: text, out: text, work: text, tasks: text },
  })
  const number = (name: 'minutes' | 'seed' | 'threads' | 'tasks', otherwise: number): number => {
    const value = Number(values[name] ?? otherwise)
    if (!Number.isFinite(value) || value <= 0)
      throw new Failure('arguments.invalid', { problem: `--${name} must be a number above 0.` })
    return value
  }
  const evaluation = await buildModel({
    seed: number('seed', 1),
    minutes: number('minutes', 26),
    threads: number('threads', 2),
    modelFolder: values.out ?? join(ROOT, 'resources/starter/model'),
    workFolder: values.work ?? join(ROOT, 'out/starter-build'),
    validationTasks: validationTasks(number('tasks', 1000)),
  })
  console.log(JSON.stringify(evaluation, null, 2))
  return 0
}

/** At most `count`, spread evenly over the families. */
function validationTasks(count: number): Task[] {
  const tasks = readFileSync(TASKS, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => taskSchema.parse(JSON.parse(line)))
    .filter(({ split }) => split === 'validation')
  const step = Math.max(1, tasks.length / count)
  return Array.from({ length: Math.min(count, tasks.length) }, (_, i) => tasks[Math.floor(i * step)]!)
}
