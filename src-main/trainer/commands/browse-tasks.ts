/** The tasks of a data set as rows of a list. */
import type { TaskRow } from '#contract/known-datasets'
import { SPLITS } from '#contract/splits'
import type { WholeDataset } from '../1-tasks/read-tasks.ts'

/** Enough to know a task by, and to search in. */
const BEGINNING_CHARACTERS = 240

export function browseTasks({ tasks }: WholeDataset): TaskRow[] {
  return SPLITS.flatMap((split) =>
    tasks[split].map(({ id, family, difficulty, moduleName, instruction, origin = null }) => ({
      id,
      split,
      family,
      difficulty,
      moduleName,
      beginning: instruction.slice(0, BEGINNING_CHARACTERS),
      origin,
    })),
  )
}
