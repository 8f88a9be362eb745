/** Headline curves: a line for each group, the mean over its runs, with the 95 % interval over their seeds. */
import { COMPONENTS } from '#contract/components'
import { METRICS, RATE_KEY } from '#contract/metrics'
import { curveOf, meanPoints, type MeanPoint } from '#statistics/mean-curve'
import { smoothingWindow } from '#statistics/smooth'
import { heading, note, type Block, type Chart, type Point, type Series, type Table } from '../document.ts'
import { ABSENT, decimals, decimalsIn, percent, percentIn, whole } from '../numbers.ts'
import type { ReportedRun, ReportSource } from '../source.ts'
import { minutesUntil } from '../training-time.ts'

interface Headline {
  readonly key: string
  readonly title: string
  readonly range: Chart['range']
  readonly isSmoothed: boolean
  /** null: that of text. */
  readonly component: string | null
}

const rates = COMPONENTS.map((component): Headline => {
  const key = `train/${RATE_KEY[component]}`
  return { key, title: `${METRICS[key]!.title}, training tasks`, range: 'rate', isSmoothed: true, component }
})

const HEADLINES: readonly Headline[] = [
  { key: 'eval/pass@1', title: 'Functional pass@1, validation tasks', range: 'rate', isSmoothed: false, component: null },
  ...rates,
  { key: 'train/reward', title: 'Reward, training tasks', range: 'number', isSmoothed: true, component: null },
]

const STEP_SECONDS = 'timing_s/step'
export const CURVE_KEYS: readonly string[] = [...HEADLINES.map(({ key }) => key), STEP_SECONDS]

/** How many places of the axis are read out beside a chart. */
const READINGS = 5
/** Where one group makes so many times the steps of another, steps are not alike, and time is what they share. */
const UNLIKE = 2

export function curvesSection(source: ReportSource): Block[] {
  const charts = HEADLINES.flatMap((headline) => chartOf(headline, source))
  if (charts.length === 0) return []
  return [heading('Curves'), note(howToRead(source, charts)), { kind: 'charts', charts }]
}

function howToRead({ comparison: { groups }, runs }: ReportSource, charts: readonly Chart[]): string {
  const line = groups.some((group) => group.runs.length > 1)
    ? 'A line is the mean over the runs of a group, its band the 95 % interval over their seeds (Student’s t; a single run has none).'
    : 'A line is a run.'
  const windows = new Set(runs.map((run) => smoothingWindow(lastStepOf(run, 'train/reward'))))
  const smoothed = `Curves on training tasks are moving averages over ${[...windows].join(' or ')} steps; those on validation tasks are as measured.`
  const isTimed = charts.some(({ axis }) => axis.unit !== 'step')
  return [
    line,
    smoothed,
    ...(isTimed ? ['Where steps of the groups are not alike, a chart runs over the time of training.'] : []),
  ].join(' ')
}

interface GroupCurve {
  readonly title: string
  readonly group: number
  /** Those that have the metric. */
  readonly runs: readonly ReportedRun[]
  readonly points: readonly MeanPoint[]
}

function chartOf(headline: Headline, source: ReportSource): Chart[] {
  const curves = source.comparison.groups.flatMap(({ title, runs }, group): GroupCurve[] => {
    const own = source.runs.filter((run) => runs.includes(run.detail.summary.id) && lastStepOf(run, headline.key) >= 0)
    if (own.length === 0) return []
    const all = own.map((run) => columnOf(run, headline.key)!)
    return [
      {
        title,
        group,
        runs: own,
        points: meanPoints(all.map(({ steps, values }) => curveOf(steps, values, headline.isSmoothed))),
      },
    ]
  })
  if (curves.length === 0) return []
  const ends = curves.map(({ points }) => points.at(-1)!.step)
  const unit = Math.max(...ends) > UNLIKE * Math.min(...ends) ? 'minutes of training' : 'step'
  const isAlone = source.comparison.groups.length === 1
  const series = curves.map((curve): Series => {
    const color = isAlone ? lookOf(headline) : { group: curve.group }
    const points = curve.points.map((point) =>
      pointOf(point, headline.range, unit === 'step' ? point.step : meanMinutes(curve, point.step)),
    )
    return { title: curve.title, color, points }
  })
  const last = Math.max(unit === 'step' ? 1 : 0.1, ...series.map(({ points }) => points.at(-1)!.at))
  const { key, title, range } = headline
  const axis: Chart['axis'] = { unit, last }
  return [{ key, title, note: METRICS[key]!.definition, range, axis, series, readings: readingsOf(series, range, unit) }]
}

function columnOf({ columns }: ReportedRun, wanted: string): ReportedRun['columns'][number] | undefined {
  return columns.find(({ key, steps }) => key === wanted && steps.length > 0)
}

/** -1 without the metric. */
function lastStepOf(run: ReportedRun, key: string): number {
  return columnOf(run, key)?.steps.at(-1) ?? -1
}

function meanMinutes({ runs }: GroupCurve, step: number): number {
  const minutes = runs.map((run) => minutesUntil(columnOf(run, STEP_SECONDS), step))
  return minutes.reduce((sum, value) => sum + value, 0) / minutes.length
}

function lookOf({ component }: Headline): Series['color'] {
  return component === null ? 'ink' : { component }
}

function pointOf({ mean, interval }: MeanPoint, range: Chart['range'], at: number): Point {
  const clamped = (value: number): number => (range === 'rate' ? Math.min(1, Math.max(0, value)) : value)
  if (interval === null) return { at, value: mean, band: null, text: range === 'rate' ? percent(mean) : decimals(mean) }
  const band = { low: clamped(interval.low), high: clamped(interval.high) }
  const of = { mean, ...band }
  return { at, value: mean, band, text: range === 'rate' ? percentIn(of) : decimalsIn(of) }
}

/** At the first and the last place, and as evenly between them as there are points; of a series that has no point there its last one before. */
function readingsOf(series: readonly Series[], range: Chart['range'], unit: Chart['axis']['unit']): Table {
  const places = [...new Set(series.flatMap(({ points }) => points.map(({ at }) => at)))].sort((a, b) => a - b)
  const last = places.at(-1)!
  const wanted = Array.from({ length: READINGS }, (_, i) => (i * last) / (READINGS - 1))
  const shown = [...new Set(wanted.map((place) => places.reduce((near, at) => (closer(at, near, place) ? at : near))))]
  const text = range === 'rate' ? percent : decimals
  const reading = ({ points }: Series, place: number): string => {
    const point = points.findLast(({ at }) => at <= place)
    return point === undefined || place > points.at(-1)!.at ? ABSENT : text(point.value)
  }
  return {
    kind: 'table',
    caption: '',
    head: [unit === 'step' ? 'step' : 'minute', ...shown.map((place) => (unit === 'step' ? whole(place) : place.toFixed(1)))],
    rows: series.map((one) => [one.title, ...shown.map((place) => reading(one, place))]),
    cells: 'numbers',
  }
}

function closer(a: number, b: number, to: number): boolean {
  return Math.abs(a - to) < Math.abs(b - to)
}
