/** The best and the worst of what runs wrote in their last evaluation on validation tasks. */
import { COMPONENTS } from '#contract/components'
import type { EvaluatedCompletion, PickedCompletions } from './source.ts'

const EACH = 2

/** Stands in the report where the picked ones are shown. Evaluations are not weighed, so that it goes by scores and not by rewards. */
export const PICKING_RULE =
  'Picked from the last evaluation on validation tasks, all runs of a group together: first by the functional score, then by the mean of all five, one completion of a task. Among equals the best are of the tasks that the group solves least often, the worst of those that it solves most often.'

interface Ranked {
  readonly one: EvaluatedCompletion
  readonly functional: number
  /** Of the scores that there are. */
  readonly mean: number
  /** Share of the group's completions that solve its task. */
  readonly solved: number
}

/** Completions without a functional score are passed over. */
export function pickCompletions(all: readonly EvaluatedCompletion[]): PickedCompletions {
  const ranked = rankedOf(all)
  const best = ranked.toSorted((a, b) => b.functional - a.functional || b.mean - a.mean || a.solved - b.solved)
  const worst = ranked.toSorted((a, b) => a.functional - b.functional || a.mean - b.mean || b.solved - a.solved)
  return { best: oneOfATask(best), worst: oneOfATask(worst), count: all.length }
}

function rankedOf(all: readonly EvaluatedCompletion[]): Ranked[] {
  const byTask = Map.groupBy(all, ({ record }) => record.taskId)
  const solved = new Map([...byTask].map(([task, of]) => [task, of.filter(hasPassed).length / of.length]))
  return all.flatMap((one): Ranked[] => {
    const { functional } = one.record.scores
    if (!('value' in functional)) return []
    const values = COMPONENTS.flatMap((component) => {
      const score = one.record.scores[component]
      return 'value' in score ? [score.value] : []
    })
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length
    return [{ one, functional: functional.value, mean, solved: solved.get(one.record.taskId)! }]
  })
}

function hasPassed({ record: { scores } }: EvaluatedCompletion): boolean {
  return 'outcome' in scores.functional && scores.functional.outcome === 'passed'
}

function oneOfATask(ranked: readonly Ranked[]): EvaluatedCompletion[] {
  const first = new Map<string, EvaluatedCompletion>()
  for (const { one } of ranked) {
    if (first.size === EACH) break
    if (!first.has(one.record.taskId)) first.set(one.record.taskId, one)
  }
  return [...first.values()]
}
