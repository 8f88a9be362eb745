/** What evaluations measured task by task, side by side: tables for intervals, and sentences about who is ahead. */
import { crossedInterval, tableDifference, type SeedTable } from '#statistics/seeds-and-tasks'
import { verdict } from '#statistics/verdict'

/** One evaluation. */
export interface TaskTable {
  readonly tasks: readonly {
    readonly id: string
    readonly family: string
    /** By measure; null where nothing was scored. */
    readonly values: Readonly<Record<string, number | null>>
  }[]
}

/** What is compared: the evaluations of its seeds. */
export interface Side {
  readonly title: string
  readonly evaluations: readonly TaskTable[]
  /** It was not trained: there are no other seeds of it. */
  readonly isBase: boolean
}

type JudgedMeasure = readonly [measure: string, title: string]
type IsTask = (family: string) => boolean

/** Rates that a verdict is given for, as they stand at the beginning of a sentence. */
export const JUDGED_MEASURES: readonly JudgedMeasure[] = [
  ['pass@1', 'Functional pass@1'],
  ['near_greedy/pass@1', 'Functional pass@1 at T 0.2'],
  ['compile_rate', 'Compilation'],
  ['synthesis_rate', 'Synthesis'],
  ['reasoning_rate', 'Reasoning'],
]

/** Tables of one measure [seeds x tasks], over the tasks on which every side could be measured. Empty where there is none. */
export function alignedTables(
  sides: readonly (readonly TaskTable[])[],
  measure: string,
  isTask: IsTask = () => true,
): SeedTable[] {
  const all = sides.flat()
  const tasks = all[0]!.tasks
  for (const { tasks: others } of all) {
    if (others.length !== tasks.length || others.some(({ id }, i) => id !== tasks[i]!.id))
      throw new RangeError('evaluations of different tasks cannot be compared')
  }
  const isMeasured = (i: number): boolean => all.every((evaluation) => typeof evaluation.tasks[i]!.values[measure] === 'number')
  const kept = tasks.flatMap(({ family }, i) => (isTask(family) && isMeasured(i) ? [i] : []))
  if (kept.length === 0) return []
  return sides.map((side) => side.map((evaluation) => kept.map((i) => evaluation.tasks[i]!.values[measure]!)))
}

/** None where no task was measured on both sides. Of sides with several seeds as many count as both have. */
export function sentence([measure, rate]: JudgedMeasure, first: Side, second: Side): string[] {
  const [before, after] = alignedTables([first.evaluations, second.evaluations], measure)
  if (before === undefined || after === undefined) return []
  const [rowsBefore, rowsAfter] = sameCount(before, after)
  const difference = crossedInterval(tableDifference(rowsBefore, rowsAfter))
  const seedCount = Math.min(...[first, second].filter(({ isBase }) => !isBase).map(({ evaluations }) => evaluations.length))
  return [verdict({ rate, first: first.title, second: second.title, difference, seedCount })]
}

/** Every side against those before it. */
export function sentencesBetween(judged: JudgedMeasure, sides: readonly Side[]): string[] {
  return sides.flatMap((second, i) => sides.slice(0, i).flatMap((first) => sentence(judged, ...inOrder(first, second))))
}

/** One evaluation is held against every one of the other side: it comes first. */
function inOrder(first: Side, second: Side): [Side, Side] {
  return first.evaluations.length > second.evaluations.length ? [second, first] : [first, second]
}

function sameCount(before: SeedTable, after: SeedTable): [SeedTable, SeedTable] {
  if (before.length === 1) return [before, after]
  const count = Math.min(before.length, after.length)
  return [before.slice(0, count), after.slice(0, count)]
}
