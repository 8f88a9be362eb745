/** Headline curves: a line for each group, the mean over its runs, with the 95 % interval over their seeds. */
import { RATE_KEY, METRICS } from '#contract/metrics'
import { COMPONENTS } from '#contract/components'
import { curveOf, meanPoints, type MeanPoint } from '#statistics/mean-curve'
import { smoothingWindow } from '#statistics/smooth'
import { heading, note, type Block, type Chart, type Point, type Series, type Table } from '../document.ts'
import { ABSENT, counted, decimals, decimalsIn, percent, percentIn, whole } from '../numbers.ts'
import type { ReportSource } from '../source.ts'

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

export const CURVE_KEYS: readonly string[] = HEADLINES.map(({ key }) => key)

/** How many steps are read out beside a chart. */
const READINGS = 5

export function curvesSection(source: ReportSource): Block[] {
  const lastStep = Math.max(1, ...source.runs.flatMap(({ columns }) => columns.map(({ steps }) => steps.at(-1) ?? 0)))
  const charts = HEADLINES.flatMap((headline) => chartOf(headline, source, lastStep))
  if (charts.length === 0) return []
  return [heading('Curves'), note(howToRead(source, lastStep)), { kind: 'charts', charts }]
}

function howToRead({ comparison: { groups } }: ReportSource, lastStep: number): string {
  const line = groups.some(({ runs }) => runs.length > 1)
    ? 'A line is the mean over the runs of a group, its band the 95 % interval over their seeds (Student’s t; a single run has none).'
    : 'A line is a run.'
  return `${line} Curves on training tasks are moving averages over ${counted(smoothingWindow(lastStep), 'step')}; those on validation tasks are as measured.`
}

function chartOf(headline: Headline, source: ReportSource, lastStep: number): Chart[] {
  const { groups } = source.comparison
  const series = groups.flatMap(({ title, runs }, group): Series[] => {
    const curves = source.runs
      .filter(({ detail }) => runs.includes(detail.summary.id))
      .flatMap(({ columns }) => columns.filter(({ key, steps }) => key === headline.key && steps.length > 0))
      .map(({ steps, values }) => curveOf(steps, values, headline.isSmoothed))
    if (curves.length === 0) return []
    const points = meanPoints(curves).map((point) => pointOf(point, headline.range))
    return [{ title, color: groups.length > 1 ? { group } : lookOf(headline), points }]
  })
  if (series.length === 0) return []
  const { key, title, range } = headline
  return [{ key, title, note: METRICS[key]!.definition, range, lastStep, series, readings: readingsOf(series, range) }]
}

function lookOf({ component }: Headline): Series['color'] {
  return component === null ? 'ink' : { component }
}

function pointOf({ step, mean, interval }: MeanPoint, range: Chart['range']): Point {
  const clamped = (value: number): number => (range === 'rate' ? Math.min(1, Math.max(0, value)) : value)
  if (interval === null) return { step, value: mean, band: null, text: range === 'rate' ? percent(mean) : decimals(mean) }
  const band = { low: clamped(interval.low), high: clamped(interval.high) }
  const of = { mean, ...band }
  return { step, value: mean, band, text: range === 'rate' ? percentIn(of) : decimalsIn(of) }
}

/** At the first and the last step, and as evenly between them as there are points; of a series that has no point there its last one before. */
function readingsOf(series: readonly Series[], range: Chart['range']): Table {
  const steps = [...new Set(series.flatMap(({ points }) => points.map(({ step }) => step)))].sort((a, b) => a - b)
  const count = Math.min(READINGS, steps.length)
  const places = Array.from({ length: count }, (_, i) => Math.round((i * (steps.length - 1)) / Math.max(1, count - 1)))
  const shown = places.map((place) => steps[place]!)
  const text = range === 'rate' ? percent : decimals
  const reading = ({ points }: Series, step: number): string => {
    const point = points.findLast((one) => one.step <= step)
    const isOver = point !== undefined && step > points.at(-1)!.step
    return point === undefined || isOver ? ABSENT : text(point.value)
  }
  return {
    kind: 'table',
    caption: '',
    head: ['step', ...shown.map(whole)],
    rows: series.map((one) => [one.title, ...shown.map((step) => reading(one, step))]),
    cells: 'numbers',
  }
}
