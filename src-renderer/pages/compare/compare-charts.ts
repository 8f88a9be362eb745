/** Curves of several runs: colour = group, line style = whether it is the group's first run. */
import { METRICS } from '#contract/metrics'
import type { Range, Series } from '../../charts/series.ts'
import type { ComparedCurves } from '../../state/comparison.svelte.ts'
import { colorOf } from '../group-color.ts'

export interface ComparedChart {
  readonly key: string
  readonly title: string
  readonly range: Range
  readonly isSmoothed: boolean
}

export const COMPARED: readonly ComparedChart[] = [
  { key: 'eval/pass@1', title: 'Validation pass@1', range: 'rate', isSmoothed: false },
  { key: 'train/functional_rate', title: 'Functional, training tasks', range: 'rate', isSmoothed: true },
  { key: 'train/compile_rate', title: 'Compilation, training tasks', range: 'rate', isSmoothed: true },
  { key: 'train/reasoning_rate', title: 'Reasoning, training tasks', range: 'rate', isSmoothed: true },
  { key: 'train/reward', title: 'Reward', range: 'zero', isSmoothed: true },
  { key: 'train/kl', title: 'KL to the start', range: 'zero', isSmoothed: true },
]

/** Group of a run; runs that were never evaluated stand behind the groups, each alone. */
export function groupOf({ comparison }: ComparedCurves, run: string): number {
  const found = comparison.groups.findIndex(({ runs }) => runs.includes(run))
  return found >= 0 ? found : comparison.groups.length + comparison.runs.indexOf(run)
}

/** `names`: of runs, for the legend. */
export function seriesOf(
  curves: ComparedCurves,
  { key, isSmoothed }: ComparedChart,
  names: ReadonlyMap<string, string>,
): Series[] {
  return curves.comparison.runs.flatMap((run) => {
    const column = curves.columns[run]?.find((one) => one.key === key)
    if (column === undefined || column.steps.length === 0) return []
    const group = groupOf(curves, run)
    const isFirst = curves.comparison.groups[group]?.runs[0] === run || curves.comparison.groups[group] === undefined
    return [
      { label: names.get(run) ?? run, color: colorOf(group), x: column.steps, y: column.values, isSmoothed, isDashed: !isFirst },
    ]
  })
}

export function lastStepOf(curves: ComparedCurves): number {
  const steps = Object.values(curves.columns)
    .flat()
    .map((column) => column.steps.at(-1) ?? 0)
  return Math.max(1, ...steps)
}

export function definitionOf(key: string): string {
  return METRICS[key]?.definition ?? ''
}
