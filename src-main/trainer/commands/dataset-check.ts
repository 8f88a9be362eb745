/** A whole data set through import and self-test. */
import type { CheckSoFar, DatasetCheck } from '#contract/dataset-check'
import { Failure } from '#contract/failure'
import type { DatasetCheckOrder } from '#contract/service'
import type { Task } from '#contract/task'
import { importDataset, type ImportOptions } from '../1-tasks/import/import-dataset.ts'
import { checkTask, type Judges } from '../self-test/check-task.ts'
import { CheckTally } from './check-tally.ts'
import { datasetFile } from './paths.ts'
import { SortedTasks } from './sorted-tasks.ts'

/** Tasks under way at once: enough to keep the scorers busy, few enough to hold no data set in memory. */
const AT_ONCE = 4

/** Who looks on, and may end it. */
export interface Watch {
  readonly onProgress: (soFar: CheckSoFar) => void
  readonly stop: AbortSignal
}

/**
 * The files are read twice: once for what they hold, so that it is known how many tasks there are, and once for the tasks that are tried.
 * `out` and `unfit` are left as they were when the check does not come to its end. Throws Failure of the import when nothing can be read,
 * arguments.invalid when a file cannot be written, dataset.check-cancelled when it is stopped: at once, while what is under way in a judge ends by itself.
 */
export async function checkDataset(order: DatasetCheckOrder, judges: Judges, { onProgress, stop }: Watch): Promise<DatasetCheck> {
  const source: ImportOptions = { path: datasetFile(order.path), mapping: order.mapping }
  const tally = new CheckTally(onProgress)
  const stopped = new Stopped(stop, order.path)
  const files = await SortedTasks.open(order)
  try {
    await readThrough(source, tally, stopped)
    await tryAll(source, { tally, files, judges, stopped })
    stopped.check()
    await files.keep()
  } catch (error) {
    await files.discard()
    throw error
  }
  tally.end()
  return { layout: tally.layout, tasks: tally.checks, problems: tally.problems, written: order.out }
}

async function readThrough(source: ImportOptions, tally: CheckTally, stopped: Stopped): Promise<void> {
  for await (const found of importDataset(source)) {
    stopped.check()
    tally.found(found)
  }
}

interface Trial {
  readonly tally: CheckTally
  readonly files: SortedTasks
  readonly judges: Judges
  readonly stopped: Stopped
}

async function tryAll(source: ImportOptions, { tally, files, judges, stopped }: Trial): Promise<void> {
  const under = new Set<Promise<void>>()
  const failures: unknown[] = []
  const check = async (task: Task, place: number): Promise<void> => {
    const checked = await checkTask(task, judges)
    tally.tried(checked.check, place)
    await files.take(checked, place)
  }
  let place = 0
  tally.beginTrying()
  try {
    for await (const found of importDataset(source)) {
      stopped.check()
      if (failures.length > 0) break
      if (!('task' in found)) continue
      // Caught here: nobody may be waiting for it when it fails.
      const checking = check(found.task, place++)
        .catch((error: unknown) => void failures.push(error))
        .finally(() => under.delete(checking))
      under.add(checking)
      if (under.size >= AT_ONCE) await stopped.race(under)
    }
  } finally {
    if (!stopped.is) await stopped.orAll(under)
  }
  if (failures.length > 0) throw failures[0]
}

/** The wish that it ends, as what is thrown. */
class Stopped {
  readonly #signal: AbortSignal
  readonly #failure: Failure
  readonly #promise: Promise<never>

  constructor(signal: AbortSignal, file: string) {
    this.#signal = signal
    this.#failure = new Failure('dataset.check-cancelled', { file })
    this.#promise = new Promise((_, reject) => signal.addEventListener('abort', () => reject(this.#failure), { once: true }))
    this.#promise.catch(() => {})
  }

  get is(): boolean {
    return this.#signal.aborted
  }

  check(): void {
    if (this.is) throw this.#failure
  }

  /** The first of them to end, unless it is stopped before. */
  async race(promises: Iterable<Promise<void>>): Promise<void> {
    await Promise.race([...promises, this.#promise])
  }

  async orAll(promises: Iterable<Promise<void>>): Promise<void> {
    await Promise.race([Promise.all(promises), this.#promise])
  }
}
