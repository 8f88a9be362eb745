/** Curves of arms: the mean over an arm's seeds with its 95 % interval. Colour = arm. */
import type { MetricColumn } from '#contract/api'
import type { ExperimentPlan, ExperimentRun } from '#contract/experiment'
import { METRICS } from '#contract/metrics'
import { seedInterval } from '#statistics/seeds'
import type { Range, Series } from '../../charts/series.ts'
import { movingAverage } from '../../charts/smooth.ts'
import { colorOf } from '../group-color.ts'

/** Run -> its columns. */
export type RunColumns = Readonly<Record<string, readonly MetricColumn[]>>

/** What the curves run over. */
export type Abscissa = 'time' | 'step'

interface ArmChart {
  readonly key: string
  readonly title: string
  readonly range: Range
  readonly isSmoothed: boolean
}

export const ARM_CHARTS: readonly ArmChart[] = [
  { key: 'eval/pass@1', title: 'Validation pass@1', range: 'rate', isSmoothed: false },
  { key: 'eval/near_greedy/pass@1', title: 'Validation pass@1 at T 0.2', range: 'rate', isSmoothed: false },
  { key: 'eval/compile_rate', title: 'Compilation, validation tasks', range: 'rate', isSmoothed: false },
  { key: 'eval/synthesis_rate', title: 'Synthesis, validation tasks', range: 'rate', isSmoothed: false },
  { key: 'eval/reasoning_rate', title: 'Reasoning, validation tasks', range: 'rate', isSmoothed: false },
  { key: 'eval/quality_rate', title: 'Quality, validation tasks', range: 'rate', isSmoothed: false },
  { key: 'train/functional_rate', title: 'Functional, training tasks', range: 'rate', isSmoothed: true },
  { key: 'train/reward', title: 'Reward', range: 'zero', isSmoothed: true },
  { key: 'train/kl', title: 'KL to the start', range: 'zero', isSmoothed: true },
]

const STEP_SECONDS = 'timing_s/step'

export const CURVE_KEYS: readonly string[] = [...ARM_CHARTS.map(({ key }) => key), STEP_SECONDS]

export function definitionOf({ key, isSmoothed }: ArmChart): string {
  return `${isSmoothed ? 'smoothed · ' : ''}${METRICS[key]?.definition ?? ''}`
}

export interface TimeUnit {
  readonly name: 's' | 'min'
  readonly seconds: number
}

/** Minutes, except where everything is over in two. */
export function timeUnit(runs: readonly ExperimentRun[]): TimeUnit {
  const longest = Math.max(0, ...runs.map(({ seconds }) => seconds))
  return longest > 120 ? { name: 'min', seconds: 60 } : { name: 's', seconds: 1 }
}

/** End of the axis, in its unit. */
export function lastOf(runs: readonly ExperimentRun[], abscissa: Abscissa): number {
  const { seconds: unit } = timeUnit(runs)
  return Math.max(1, ...runs.map(({ step, seconds }) => (abscissa === 'step' ? step : Math.ceil(seconds / unit))))
}

interface SeedCurve {
  readonly byStep: ReadonlyMap<number, number>
  /** Training so far. */
  readonly secondsAt: (step: number) => number
}

/** A series for each arm that has the metric. A point is the mean over the seeds that have reached its step, its place in time their mean time. */
export function armSeries(
  plan: ExperimentPlan,
  runs: readonly ExperimentRun[],
  columns: RunColumns,
  chart: ArmChart,
  abscissa: Abscissa,
): Series[] {
  const unit = timeUnit(runs).seconds
  return plan.arms.flatMap(({ name, title }, i) => {
    const curves = runs.filter(({ arm }) => arm === name).flatMap(({ run }) => seedCurve(columns[run], chart))
    const steps = [...new Set(curves.flatMap(({ byStep }) => [...byStep.keys()]))].sort((a, b) => a - b)
    if (steps.length === 0) return []
    const points = steps.map((step) => pointAt(curves, step))
    const x = abscissa === 'step' ? steps : points.map(({ seconds }) => Math.round((100 * seconds) / unit) / 100)
    const line = { label: title, color: colorOf(i), x, y: points.map(({ mean }) => mean) }
    if (points.every(({ low }) => Number.isNaN(low))) return [line]
    const clamped = (value: number): number => (chart.range === 'rate' ? Math.min(1, Math.max(0, value)) : value)
    const [low, high] = [points.map((point) => clamped(point.low)), points.map((point) => clamped(point.high))]
    return [{ ...line, low, high, bandIs: 'interval' as const }]
  })
}

function pointAt(curves: readonly SeedCurve[], step: number) {
  const reached = curves.filter(({ byStep }) => byStep.has(step))
  const values = reached.map(({ byStep }) => byStep.get(step)!)
  const interval = seedInterval(values)
  return {
    mean: meanOf(values),
    low: interval?.low ?? NaN,
    high: interval?.high ?? NaN,
    seconds: meanOf(reached.map(({ secondsAt }) => secondsAt(step))),
  }
}

/** None where the run does not have the metric. Each seed is smoothed for itself: the band is of what is drawn. */
function seedCurve(columns: readonly MetricColumn[] | undefined, { key, isSmoothed }: ArmChart): SeedCurve[] {
  const column = columns?.find((one) => one.key === key)
  if (column === undefined || column.steps.length === 0) return []
  const values = isSmoothed ? movingAverage(column.steps, column.values) : column.values
  const secondsAt = secondsSoFar(columns?.find((one) => one.key === STEP_SECONDS))
  return [{ byStep: new Map(column.steps.map((step, i) => [step, values[i]!])), secondsAt }]
}

function secondsSoFar(timing: MetricColumn | undefined): (step: number) => number {
  let sum = 0
  const byStep = new Map(timing?.steps.map((step, i) => [step, (sum += timing.values[i]!)]))
  return (step) => byStep.get(step) ?? 0
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
