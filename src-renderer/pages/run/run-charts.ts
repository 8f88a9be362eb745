/** Which metrics stand on which chart of the run page. */
import { METRICS, RATE_KEY } from '#contract/metrics'
import { addedUp, type AxisScale } from '../../charts/axis-scale.ts'
import { isLogarithmic, type Range, type Series } from '../../charts/series.ts'
import { smoothingWindow } from '#statistics/smooth'
import { formatPercent } from '../../format/number.ts'
import type { Column } from '../../state/columns.ts'
import { COMPONENT_LOOKS } from '../components-of-reward.ts'
import { AXES, FIRST_OPTIONS, type ChartOptions } from './chart-options.ts'
import { headlinesOf } from './headline.ts'

export type ColumnOf = (key: string) => Column

export interface ChartPlan {
  readonly id: string
  readonly title: string
  readonly note: string
  readonly emptyNote: string
  readonly range: Range
  readonly size: 'wide' | 'large' | 'small'
  readonly series: readonly Series[]
}

/** What decides which charts a run has. */
export interface RunKind {
  readonly isPpo: boolean
  /** It learns from references alone. */
  readonly isSupervised: boolean
}

/** Metrics of single steps that the run page reads. Evaluations come with their own events. */
export function curveKeys(): string[] {
  const keys = new Set<string>(['timing_s/step'])
  const record = (key: string): Column => {
    if (!key.startsWith('eval/')) keys.add(key)
    return { x: [], y: [] }
  }
  runCharts(record, { isPpo: true, isSupervised: false }, FIRST_OPTIONS)
  for (const axis of AXES) axisScale(record, axis)
  headlinesOf(record)
  return [...keys]
}

/** The charts in reading order. */
export function runCharts(column: ColumnOf, kind: RunKind, options: ChartOptions): ChartPlan[] {
  const plans = plainCharts(column, kind, smoothingSteps(column, options))
  return plans
    .filter(({ id }) => !kind.isSupervised || OF_REFERENCES.includes(id))
    .map((plan) => ({
      ...plan,
      ...(options.isLogarithmic && LOGARITHMIC.includes(plan.id) && logarithmic(plan)),
      series: plan.series.map((series) => smoothedAs(series, smoothingSteps(column, options))),
    }))
}

const LOGARITHMIC = ['kl', 'loss', 'gradient']
/** What steps have that generate nothing. */
const OF_REFERENCES = ['validation', 'loss', 'gradient', 'times', 'memory', 'card-use', 'card-power']
/** Strong smoothing averages so many times the steps of the usual one. */
const STRONGER = 4

/** Steps that the strong lines average; 1: none. */
function smoothingSteps(column: ColumnOf, { smoothing }: ChartOptions): number {
  if (smoothing === 'off') return 1
  const usual = smoothingWindow(column('train/functional/scored_count').x.at(-1) ?? 0)
  return smoothing === 'strong' ? usual * STRONGER : usual
}

function smoothedAs(series: Series, steps: number): Series {
  if (!series.isSmoothed) return series
  return steps === 1 ? { ...series, isSmoothed: false } : { ...series, smoothingWindow: steps }
}

function logarithmic(plan: ChartPlan): Partial<ChartPlan> {
  return isLogarithmic(plan.series) ? { range: 'log' } : { note: `${plan.note}; linear, as it has values below 0` }
}

/** What lies along the charts; null: the steps. */
export function axisScale(column: ColumnOf, axis: ChartOptions['axis']): AxisScale | null {
  if (axis === 'step') return null
  const { x, y } = column(axis === 'tokens' ? 'train/completions/tokens' : 'timing_s/step')
  if (axis === 'tokens') return addedUp(x, y, 'k tokens', 1000)
  const isLong = y.reduce((sum, seconds) => sum + seconds, 0) * ((x.at(-1) ?? 0) / Math.max(y.length, 1)) > 3 * 3600
  return isLong ? addedUp(x, y, 'hours', 3600) : addedUp(x, y, 'min', 60)
}

function plainCharts(column: ColumnOf, kind: RunKind, smoothedSteps: number): ChartPlan[] {
  return [
    rates(column, smoothedSteps),
    validation(column),
    reward(column),
    kl(column),
    small('entropy', 'Entropy', 'nats per token', 'zero', [line(column, 'train/entropy', 'entropy', 'series-plain', true)]),
    small('clip', 'Clip ratio', 'share of tokens', 'zero', [
      line(column, 'train/clip_ratio/high', 'above', 'series-plain', true),
      line(column, 'train/clip_ratio/low', 'below', 'series-second', true),
    ]),
    loss(column, kind),
    small('gradient', 'Gradient norm', 'before clipping', 'zero', [
      line(column, 'train/grad_norm', 'norm', 'series-plain', true),
    ]),
    lengths(column),
    times(column),
    memory(column),
    ...cards(column),
  ]
}

function rates(column: ColumnOf, smoothedSteps: number): ChartPlan {
  const counts = column('train/functional/scored_count')
  const denominator = counts.y.length > 0 ? `of ${Math.round(counts.y.at(-1)!)} completions a step; ` : ''
  return {
    id: 'rates',
    title: 'Rates',
    note: `${denominator}${smoothedSteps === 1 ? 'not smoothed' : `strong line: mean of ${smoothedSteps} steps`}`,
    emptyNote: 'Five rates appear here when the first step is done.',
    range: 'rate',
    size: 'wide',
    series: COMPONENT_LOOKS.map(({ component, title }) => line(column, `train/${RATE_KEY[component]}`, title, component, true)),
  }
}

function validation(column: ColumnOf): ChartPlan {
  const at1 = column('eval/pass@1')
  const series: Series[] = [
    {
      ...line(column, 'eval/pass@1', 'pass@1', 'functional'),
      ...band(at1, column('eval/pass@1_low'), column('eval/pass@1_high')),
    },
    { ...line(column, 'eval/near_greedy/pass@1', 'at T 0.2', 'functional'), isDashed: true },
    line(column, 'eval/pass@8', 'pass@8', 'series-second'),
  ]
  return {
    id: 'validation',
    title: 'Validation, functional',
    note: 'band: 95 % interval',
    emptyNote: 'The first evaluation is made before step 1.',
    range: 'rate',
    size: 'large',
    series,
  }
}

function reward(column: ColumnOf): ChartPlan {
  const mean = column('train/reward')
  const spread = byStep(column('train/reward_std'))
  const end = (sign: 1 | -1): number[] => mean.x.map((step, i) => mean.y[i]! + sign * (spread.get(step) ?? NaN))
  return {
    id: 'reward',
    title: 'Reward',
    note: 'band: ± std of a step',
    emptyNote: 'Mean reward and its spread appear with the first step.',
    range: 'free',
    size: 'large',
    series: [{ ...line(column, 'train/reward', 'mean', 'series-plain', true), low: end(-1), high: end(1), bandIs: 'deviation' }],
  }
}

function kl(column: ColumnOf): ChartPlan {
  // Its distance to the trainer, where that is corrected.
  const sampler = { ...line(column, 'train/sampling/logp_difference/mean', 'sampler', 'series-second', true), isDashed: true }
  const series = [
    line(column, 'train/kl', 'reference', 'series-plain', true),
    line(column, 'train/approx_kl', 'update', 'series-second', true),
    ...(sampler.x.length > 0 ? [sampler] : []),
  ]
  return small('kl', 'KL', 'nats per token', 'zero', series)
}

function loss(column: ColumnOf, { isPpo, isSupervised }: RunKind): ChartPlan {
  const ofReferences = line(column, 'train/supervised_loss', 'of references', 'series-plain', true)
  if (isSupervised) return small('loss', 'Loss', 'per token of the references', 'zero', [ofReferences])
  return small('loss', 'Loss', 'per minibatch', 'free', [
    line(column, 'train/loss', 'loss', 'series-plain', true),
    ...(isPpo ? [line(column, 'train/value_loss', 'value', 'series-second', true)] : []),
    ...(ofReferences.x.length > 0 ? [{ ...ofReferences, isDashed: true }] : []),
  ])
}

function lengths(column: ColumnOf): ChartPlan {
  const cut = column('train/completions/truncated_share').y.at(-1)
  const note = cut === undefined ? 'tokens' : `tokens; ${formatPercent(cut)} of the last step cut off`
  return small('length', 'Completion length', note, 'zero', [
    line(column, 'train/completions/mean_length', 'mean', 'series-plain', true),
  ])
}

const STAGES = [
  ['rollouts', 'shade-1'],
  ['scores', 'shade-2'],
  ['advantages', 'shade-3'],
  ['update', 'shade-4'],
] as const

/** So many of the last steps say how long the engine waits for scores. */
const WAIT_STEPS = 20

function times(column: ColumnOf): ChartPlan {
  const waited = column('perf/score_wait_share').y.slice(-WAIT_STEPS)
  const share = waited.reduce((sum, each) => sum + each, 0) / waited.length
  const note = waited.length === 0 ? 's a step, by stage' : `s a step, by stage; ${formatPercent(share)} waiting for scores`
  const series = STAGES.map(([stage, color]) => line(column, `timing_s/${stage}`, stage, color, true))
  return small('times', 'Time', note, 'stacked', series)
}

const GIGABYTE = 1e9

function memory(column: ColumnOf): ChartPlan {
  const series = (key: string, label: string, color: string): Series => {
    const { x, y } = column(key)
    return { label, color, x, y: y.map((bytes) => bytes / GIGABYTE) }
  }
  const machine = series('system/rss', 'machine', 'series-plain')
  const card = series('system/device_memory', 'card', 'series-second')
  const others = { ...series('system/gpu_memory', 'card, all programs', 'series-second'), isDashed: true }
  return small('memory', 'Memory', 'GB', 'zero', [machine, ...[card, others].filter(({ x }) => x.length > 0)])
}

/** What the maker's tool told of the run's cards; none where it told nothing. */
function cards(column: ColumnOf): ChartPlan[] {
  const use = line(column, 'system/gpu_utilisation', 'in use', 'series-plain', true)
  const power = line(column, 'system/gpu_power', 'power', 'series-plain', true)
  const warmth = column('system/gpu_temperature').y.at(-1)
  const degrees = warmth === undefined ? '' : `; up to ${Math.round(warmth)} °C`
  const plans = [
    small('card-use', 'Use of the card', 'share of the time', 'rate', [use]),
    small('card-power', 'Power of the card', `W${degrees}`, 'zero', [power]),
  ]
  return plans.filter(({ series }) => series[0]!.x.length > 0)
}

function small(id: string, title: string, note: string, range: Range, series: Series[]): ChartPlan {
  return { id, title, note, emptyNote: 'From step 1.', range, size: 'small', series }
}

function line(column: ColumnOf, key: string, label: string, color: string, isSmoothed = false): Series {
  return { label, color, isSmoothed, ...column(key) }
}

/** Interval ends at the steps of the line; NaN where one is missing. */
function band(line: Column, low: Column, high: Column): Pick<Series, 'low' | 'high'> {
  if (low.x.length === 0 || high.x.length === 0) return {}
  const [lows, highs] = [byStep(low), byStep(high)]
  return { low: line.x.map((step) => lows.get(step) ?? NaN), high: line.x.map((step) => highs.get(step) ?? NaN) }
}

function byStep({ x, y }: Column): Map<number, number> {
  return new Map(x.map((step, i) => [step, y[i]!]))
}

/** What a metric means, for a title attribute; '' for an unknown key. */
export function meaningOf(key: string): string {
  return METRICS[key]?.definition ?? ''
}
