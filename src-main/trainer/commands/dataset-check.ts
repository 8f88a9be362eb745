/** A whole data set through import and self-test. */
import type { DatasetCheck, ImportProblem, TaskCheck } from '#contract/dataset-check'
import type { DatasetCheckOrder } from '#contract/service'
import type { Task } from '#contract/task'
import { importDataset } from '../1-tasks/import/import-dataset.ts'
import { TaskFile } from './task-file.ts'
import { checkTask, type Judges } from '../self-test/check-task.ts'

/** Tasks under way at once: enough to keep the scorers busy, few enough to hold no data set in memory. */
const AT_ONCE = 4

/**
 * `out` gets the healthy tasks as a tasks.jsonl; it is left as it was when the check does not come to its end.
 * Throws Failure of the import when nothing can be read, and arguments.invalid when `out` cannot be written.
 */
export async function checkDataset(order: DatasetCheckOrder, judges: Judges): Promise<DatasetCheck> {
  const file = order.out === null ? null : await TaskFile.open(order.out)
  try {
    const checked = await checkInto(file, order, judges)
    await file?.keep()
    return checked
  } catch (error) {
    await file?.discard()
    throw error
  }
}

async function checkInto(
  file: TaskFile | null,
  { path, out, mapping }: DatasetCheckOrder,
  judges: Judges,
): Promise<DatasetCheck> {
  const problems: ImportProblem[] = []
  const checks: TaskCheck[] = []
  const under = new Set<Promise<void>>()
  const failures: unknown[] = []
  const layouts: string[] = []
  const check = async (task: Task): Promise<void> => {
    const place = checks.push({ id: task.id, badge: 'not-run', reason: '', origin: null }) - 1
    const checked = await checkTask(task, judges)
    checks[place] = checked.check
    if (checked.check.badge === 'healthy') await file?.write(checked.task)
  }
  try {
    for await (const found of importDataset({ path, mapping })) {
      if ('layout' in found) layouts.push(found.layout)
      else if ('problem' in found) problems.push(found.problem)
      else {
        // Caught here: nobody may be waiting for it when it fails.
        const checking = check(found.task)
          .catch((error: unknown) => void failures.push(error))
          .finally(() => under.delete(checking))
        under.add(checking)
        if (under.size >= AT_ONCE) await Promise.race(under)
      }
      if (failures.length > 0) break
    }
  } finally {
    await Promise.all(under)
  }
  if (failures.length > 0) throw failures[0]
  return { layout: layouts.join(' + '), tasks: checks, problems, written: out }
}
