/** A data set as it lies on disk -> tasks, problems, and the name of the layout that was recognised. */
import type { ImportProblem } from '#contract/dataset-check'
import type { Task } from '#contract/task'
import { SPLITS } from '#contract/task'
import { readDataset } from '../read-tasks.ts'

export interface ImportOptions {
  /** File or folder. */
  readonly path: string
}

export type Imported = { readonly layout: string } | { readonly task: Task } | { readonly problem: ImportProblem }

/** The layout first, then tasks and problems as they are met. Throws Failure dataset.missing, dataset.invalid-line. */
export async function* importDataset({ path }: ImportOptions): AsyncGenerator<Imported> {
  yield { layout: 'VeriTune tasks.jsonl' }
  const { tasks } = await readDataset(path)
  for (const split of SPLITS) for (const task of tasks[split]) yield { task }
}
