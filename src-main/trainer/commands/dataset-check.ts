/** A whole data set through import and self-test. */
import { createWriteStream } from 'node:fs'
import { once } from 'node:events'
import type { DatasetCheck, ImportProblem, TaskCheck } from '#contract/dataset-check'
import type { DatasetCheckOrder } from '#contract/service'
import type { Task } from '#contract/task'
import { importDataset } from '../1-tasks/import/import-dataset.ts'
import { checkTask, type Judges } from '../self-test/check-task.ts'

/** Tasks under way at once: enough to keep the scorers busy, few enough to hold no data set in memory. */
const AT_ONCE = 4

/** `out` gets the healthy tasks as a tasks.jsonl. Throws Failure of the import when nothing can be read. */
export async function checkDataset({ path, out, mapping }: DatasetCheckOrder, judges: Judges): Promise<DatasetCheck> {
  const problems: ImportProblem[] = []
  const checks: TaskCheck[] = []
  const file = out === null ? null : createWriteStream(out)
  const under = new Set<Promise<void>>()
  const layouts: string[] = []
  const check = async (task: Task): Promise<void> => {
    const place = checks.push({ id: task.id, badge: 'not-run', reason: '', origin: null }) - 1
    const checked = await checkTask(task, judges)
    checks[place] = checked.check
    if (file !== null && checked.check.badge === 'healthy') file.write(`${JSON.stringify(checked.task)}\n`)
  }
  for await (const found of importDataset({ path, mapping })) {
    if ('layout' in found) layouts.push(found.layout)
    else if ('problem' in found) problems.push(found.problem)
    else {
      const checking = check(found.task)
      under.add(checking)
      void checking.finally(() => under.delete(checking))
      if (under.size >= AT_ONCE) await Promise.race(under)
    }
  }
  await Promise.all(under)
  if (file !== null) {
    file.end()
    await once(file, 'finish')
  }
  return { layout: layouts.join(' + '), tasks: checks, problems, written: out }
}
