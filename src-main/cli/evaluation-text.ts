/** Evaluations as lines and tables: every share with its interval or its count. */
import { counted, percent, points } from './numbers.ts'
import type { EvaluationFinished, Metrics } from './progress.ts'
import { tableLines } from './table.ts'

/** `pass@1 38.0 % [29.0, 47.0]  compile 71.0 %  (100 tasks x 4)`. prefix: `eval` or `test`. */
export function evaluationLine(metrics: Metrics, prefix = 'eval'): string {
  const at = (name: string): number | undefined => metrics[`${prefix}/${name}`]
  const extras = [
    at('pass@8') === undefined ? [] : `pass@8 ${percent(at('pass@8'))}`,
    at('near_greedy/pass@1') === undefined ? [] : `pass@1 at T 0.2 ${percent(at('near_greedy/pass@1'))}`,
    `compile ${percent(at('compile_rate'))}`,
    at('task_count') === undefined ? [] : `(${at('task_count')} tasks x ${at('samples_per_task')})`,
  ]
  return [`pass@1 ${percent(at('pass@1'))}${interval(at('pass@1_low'), at('pass@1_high'))}`, ...extras.flat()].join('  ')
}

function interval(low: number | undefined, high: number | undefined): string {
  return low === undefined || high === undefined ? '' : ` [${(low * 100).toFixed(1)}, ${(high * 100).toFixed(1)}]`
}

const MEASURES: readonly (readonly [title: string, name: string])[] = [
  ['pass@1 at T 1', 'pass@1'],
  ['pass@8 at T 1', 'pass@8'],
  ['pass@1 at T 0.2', 'near_greedy/pass@1'],
  ['compile at T 1', 'compile_rate'],
  ['compile at T 0.2', 'near_greedy/compile_rate'],
  ['synthesis at T 1', 'synthesis_rate'],
  ['reasoning at T 1', 'reasoning_rate'],
  ['quality at T 1', 'quality_rate'],
]

/** Two full evaluations of the same tasks, side by side; gains are paired over tasks where the journal has them so. */
export function gainLines(before: EvaluationFinished, after: EvaluationFinished): string[] {
  const { metrics } = after
  const rows = MEASURES.flatMap(([title, name]) => {
    const [first, last] = [before.metrics[`eval/${name}`], metrics[`eval/${name}`]]
    if (first === undefined || last === undefined) return []
    const [low, high] = [metrics[`eval/${name}_gain_low`], metrics[`eval/${name}_gain_high`]]
    const paired = low === undefined || high === undefined ? '' : `[${points(low)}, ${points(high)}] 95 %, paired`
    return [[title, percent(first), percent(last), points(last - first), paired]]
  })
  const size = `${counted(metrics['eval/task_count'] ?? 0, 'validation task')}, ${counted(metrics['eval/samples_per_task'] ?? 0, 'completion')} each`
  return [size, ...tableLines([['', `step ${before.step}`, `step ${after.step}`, 'points'], ...rows], [1, 2, 3])]
}
