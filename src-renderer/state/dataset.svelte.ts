import type { ImportProblem } from '#contract/dataset-check'
import type { BrowsedTask } from '#contract/known-datasets'
import type { Task } from '#contract/task'
import { workbench } from '../workbench.ts'
import { Latest } from './latest.svelte.ts'

/** One data set as it is looked through. */
export class OpenDataset {
  readonly tasks = new Latest<readonly BrowsedTask[]>()
  readonly problems = new Latest<readonly ImportProblem[]>()
  readonly task = new Latest<Task>()
  readonly #path: string

  constructor(path: string) {
    this.#path = path
  }

  /** Again after a check. */
  load(isChecked: boolean): void {
    void this.tasks.ask(() => workbench.call('datasets.tasks', this.#path))
    if (isChecked) void this.problems.ask(() => workbench.call('datasets.problems', this.#path))
  }

  open(id: string): void {
    void this.task.ask(() => workbench.call('datasets.task', this.#path, id))
  }
}
