/** A whole import, gathered. */
import type { ImportProblem } from '#contract/dataset-check'
import type { Task } from '#contract/task'
import { importDataset, type ImportOptions } from '#trainer/1-tasks/import/import-dataset'

export interface Gathered {
  readonly layouts: string[]
  readonly tasks: Task[]
  readonly problems: ImportProblem[]
}

export async function gatherImport(options: ImportOptions): Promise<Gathered> {
  const gathered: Gathered = { layouts: [], tasks: [], problems: [] }
  for await (const found of importDataset(options)) {
    if ('layout' in found) gathered.layouts.push(found.layout)
    else if ('task' in found) gathered.tasks.push(found.task)
    else gathered.problems.push(found.problem)
  }
  return gathered
}
