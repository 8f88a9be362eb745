/** Which tasks of a data set a person wants to see. */
import type { Badge } from '#contract/badges'
import type { BrowsedTask } from '#contract/known-datasets'
import type { Split } from '#contract/splits'

export interface TaskFilter {
  /** Words that must all stand somewhere; case does not matter. */
  readonly text: string
  /** '' lets all through, here and below. */
  readonly split: Split | ''
  readonly family: string
  readonly difficulty: number | ''
  /** leak: tasks that stand in another split as well. */
  readonly state: Badge | 'leak' | ''
}

export const NO_FILTER: TaskFilter = { text: '', split: '', family: '', difficulty: '', state: '' }

export function matchingTasks(tasks: readonly BrowsedTask[], filter: TaskFilter): readonly BrowsedTask[] {
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean)
  return tasks.filter((task) => isOfKind(task, filter) && (words.length === 0 || holdsAll(task, words)))
}

function isOfKind({ split, family, difficulty, badge, isLeak }: BrowsedTask, filter: TaskFilter): boolean {
  return (
    (filter.split === '' || split === filter.split) &&
    (filter.family === '' || family === filter.family) &&
    (filter.difficulty === '' || difficulty === filter.difficulty) &&
    (filter.state === '' || (filter.state === 'leak' ? isLeak : badge === filter.state))
  )
}

function holdsAll({ id, family, moduleName, beginning }: BrowsedTask, words: readonly string[]): boolean {
  const text = `${id}\n${family}\n${moduleName}\n${beginning}`.toLowerCase()
  return words.every((word) => text.includes(word))
}

/** What is there to choose from, each once. */
export function choicesIn(tasks: readonly BrowsedTask[]): { families: readonly string[]; difficulties: readonly number[] } {
  return {
    families: [...new Set(tasks.map(({ family }) => family))].sort(),
    difficulties: [...new Set(tasks.map(({ difficulty }) => difficulty))].sort((a, b) => a - b),
  }
}
