/** Curves of several runs, one by one or as the mean of each group: colour = group, line style = whether it is the group's first run. */
import type { MetricColumn } from '#contract/api'
import type { RunComparison } from '#contract/comparison'
import { METRICS } from '#contract/metrics'
import type { Range, Series } from '../../charts/series.ts'
import type { ComparedCurves } from '../../state/comparison.svelte.ts'
import { curveOf } from '#statistics/mean-curve'
import { movingAverage, smoothingWindow } from '#statistics/smooth'
import { counted } from '../../format/number.ts'
import { colorOf } from '../group-color.ts'
import { meanCurve } from '../mean-curve.ts'

/** Runs whose single steps are drawn under their smoothed lines. */
const MOST_WITH_RAW = 10

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

/** What a line stands for: a run, or the runs that have the same settings but the seed. */
export type Overlay = 'run' | 'group'

/** By group where a group has several runs: a line for each of many would hide what they have in common. */
export function usualOverlay({ groups }: RunComparison): Overlay {
  return groups.some(({ runs }) => runs.length > 1) ? 'group' : 'run'
}

/** `names`: of runs, for the legend. */
export function seriesOf(
  curves: ComparedCurves,
  chart: ComparedChart,
  names: ReadonlyMap<string, string>,
  overlay: Overlay,
): Series[] {
  return overlay === 'run' ? runSeries(curves, chart, names) : groupSeries(curves, chart)
}

function groupSeries(curves: ComparedCurves, { key, range, isSmoothed }: ComparedChart): Series[] {
  return curves.comparison.groups.flatMap(({ title, runs }, i) => {
    const ofRuns = runs.flatMap((run) => {
      const column = columnOf(curves, run, key)
      return column === null ? [] : [curveOf(column.steps, column.values, isSmoothed, windowOf(curves, run, key))]
    })
    if (ofRuns.length === 0) return []
    const { steps, y, band } = meanCurve(ofRuns, range)
    const label = runs.length === 1 ? title : `${title}, ${counted(ofRuns.length, 'run')}`
    return [{ label, color: colorOf(i), x: steps, y, ...band }]
  })
}

function runSeries(curves: ComparedCurves, { key, isSmoothed }: ComparedChart, names: ReadonlyMap<string, string>): Series[] {
  const { runs, groups } = curves.comparison
  // The light lines of single steps would cover each other where there are many.
  const isPlain = runs.length > MOST_WITH_RAW
  return runs.flatMap((run) => {
    const column = columnOf(curves, run, key)
    if (column === null) return []
    const group = groups.findIndex((one) => one.runs.includes(run))
    const isDashed = groups[group]?.runs[0] !== run
    const window = windowOf(curves, run, key)
    const y = isSmoothed && isPlain ? movingAverage(column.steps, column.values, window) : column.values
    const drawn = { x: column.steps, y, isSmoothed: isSmoothed && !isPlain, smoothingWindow: window, isDashed }
    return [{ label: names.get(run) ?? run, color: colorOf(group), ...drawn }]
  })
}

/** As fine as it is known; null where the run does not have the metric. */
function columnOf({ columns, finer }: ComparedCurves, run: string, key: string): MetricColumn | null {
  const column = (finer ?? columns)[run]?.find((one) => one.key === key)
  return column === undefined || column.steps.length === 0 ? null : column
}

/** Steps that a smooth line averages: those of the whole run, whatever is shown of it. */
function windowOf({ columns }: ComparedCurves, run: string, key: string): number {
  return smoothingWindow(columns[run]?.find((one) => one.key === key)?.steps.at(-1) ?? 0)
}

export function definitionOf(key: string): string {
  return METRICS[key]?.definition ?? ''
}
