/** Curves of arms: the mean over an arm's seeds with its 95 % interval. Colour = arm. */
import type { MetricColumn } from '#contract/api'
import type { ExperimentPlan, ExperimentRun } from '#contract/experiment'
import { METRICS } from '#contract/metrics'
import type { Range, Series } from '../../charts/series.ts'
import { colorOf } from '../group-color.ts'
import { meanCurve, runCurve, type RunCurve } from '../mean-curve.ts'

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
  readonly byStep: RunCurve
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
    if (curves.length === 0) return []
    const { steps, y, band } = meanCurve(
      curves.map(({ byStep }) => byStep),
      chart.range,
    )
    const x = abscissa === 'step' ? steps : steps.map((step) => Math.round((100 * secondsOf(curves, step)) / unit) / 100)
    return [{ label: title, color: colorOf(i), x, y, ...band }]
  })
}

function secondsOf(curves: readonly SeedCurve[], step: number): number {
  const reached = curves.filter(({ byStep }) => byStep.has(step))
  return reached.reduce((sum, { secondsAt }) => sum + secondsAt(step), 0) / reached.length
}

function seedCurve(columns: readonly MetricColumn[] | undefined, { key, isSmoothed }: ArmChart): SeedCurve[] {
  const byStep = runCurve(columns, key, isSmoothed)
  if (byStep === null) return []
  return [{ byStep, secondsAt: secondsSoFar(columns?.find((one) => one.key === STEP_SECONDS)) }]
}

/** Time of training up to a step. A point of the timing is the mean over the steps since the point before it. */
function secondsSoFar(timing: MetricColumn | undefined): (step: number) => number {
  const { steps, values } = timing ?? { steps: [], values: [] }
  const before = (i: number): number => (i === 0 ? 0 : steps[i - 1]!)
  let sum = 0
  const sums = steps.map((step, i) => (sum += values[i]! * (step - before(i))))
  return (step) => {
    const i = steps.findIndex((one) => one >= step)
    return i === -1 ? sum : sums[i]! - values[i]! * (steps[i]! - step)
  }
}
