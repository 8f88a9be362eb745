/** The best and the worst of what runs wrote in their last evaluation on validation tasks. */
import type { EvaluatedCompletion, PickedCompletions } from './source.ts'

const EACH = 2

/** Stands in the report where the picked ones are shown. */
export const PICKING_RULE =
  'Picked from the last evaluation on validation tasks, all runs of a group together: the completions with the highest and those with the lowest reward, one of a task. Among equals the best are of the tasks that the group solves least often, the worst of those that it solves most often.'

/** Completions that take no part in the reward are passed over. */
export function pickCompletions(all: readonly EvaluatedCompletion[]): PickedCompletions {
  const rewarded = all.filter(({ record }) => record.reward !== null)
  const solved = solvedShares(all)
  const rewardOf = ({ record }: EvaluatedCompletion): number => record.reward!
  const shareOf = ({ record }: EvaluatedCompletion): number => solved.get(record.taskId)!
  const best = rewarded.toSorted((a, b) => rewardOf(b) - rewardOf(a) || shareOf(a) - shareOf(b))
  const worst = rewarded.toSorted((a, b) => rewardOf(a) - rewardOf(b) || shareOf(b) - shareOf(a))
  return { best: oneOfATask(best), worst: oneOfATask(worst), count: all.length }
}

function solvedShares(all: readonly EvaluatedCompletion[]): Map<string, number> {
  const byTask = Map.groupBy(all, ({ record }) => record.taskId)
  return new Map([...byTask].map(([task, of]) => [task, of.filter(hasPassed).length / of.length]))
}

function hasPassed({ record: { scores } }: EvaluatedCompletion): boolean {
  return 'outcome' in scores.functional && scores.functional.outcome === 'passed'
}

function oneOfATask(sorted: readonly EvaluatedCompletion[]): EvaluatedCompletion[] {
  const first = new Map<string, EvaluatedCompletion>()
  for (const one of sorted) {
    if (first.size === EACH) break
    if (!first.has(one.record.taskId)) first.set(one.record.taskId, one)
  }
  return [...first.values()]
}
