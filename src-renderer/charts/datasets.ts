/** Series -> Chart.js datasets: thinned, smoothed, with their bands. */
import type { ChartDataset } from 'chart.js'
import { movingAverage } from '#statistics/smooth'
import { cumulated, type Range, type Series } from './series.ts'
import { thin, type Point } from './thin.ts'

export type Dataset = ChartDataset<'line', Point[]>
type ColorOf = (token: string) => string

/** What of the series is drawn, and how finely. */
export interface Shown {
  /** Steps of the plot's ends. */
  readonly first: number
  readonly last: number
  /** Pixels of the plot; more than two points a pixel cannot be seen, and a bucket keeps up to four. */
  readonly width: number
  readonly range: Range
  /** Where a step lies along the axis. */
  readonly placeOf: (step: number) => number
}

type PointsOf = (x: ArrayLike<number>, y: ArrayLike<number>) => Point[]

export function datasetsOf(series: readonly Series[], shown: Shown, colorOf: ColorOf): Dataset[] {
  const buckets = Math.max(16, Math.floor(shown.width / 2))
  const points: PointsOf = (x, y) => pointsOf(x, y, buckets, shown)
  if (shown.range === 'stacked') return cumulated(series.map(smoothed)).map((one, i) => area(one, i, points, colorOf))
  // Bands first, then the light raw lines, then the strong ones: later datasets lie on top.
  return [
    ...series.flatMap((one) => band(one, points, colorOf)),
    ...series.filter((one) => one.isSmoothed).map((one) => rawLine(one, points, one.x.length > buckets, colorOf)),
    ...series.map((one) => strongLine(one, points, colorOf)),
  ]
}

/** Of what is shown and of one point at either side, so that lines run on to the edges. */
function pointsOf(x: ArrayLike<number>, y: ArrayLike<number>, buckets: number, { first, last, range, placeOf }: Shown): Point[] {
  const steps = Array.from(x)
  const start = Math.max(0, steps.findIndex((step) => step >= first) - 1)
  const after = steps.findIndex((step) => step > last)
  const end = after === -1 ? steps.length : after + 1
  const values = Array.from(y).slice(start, end)
  const drawn = range === 'log' ? values.map((value) => (value > 0 ? value : NaN)) : values
  return thin(steps.slice(start, end), drawn, buckets).map((point) => ({ x: placeOf(point.x), y: point.y }))
}

function smoothed(series: Series): Series {
  return series.isSmoothed ? { ...series, y: movingAverage(series.x, series.y, series.smoothingWindow) } : series
}

function area(series: Series, index: number, points: PointsOf, colorOf: ColorOf): Dataset {
  const color = colorOf(series.color)
  return {
    ...plain(points(series.x, series.y)),
    pointRadius: 0,
    borderWidth: 0,
    backgroundColor: color,
    fill: index === 0 ? 'origin' : '-1',
    order: index,
  }
}

function band(series: Series, points: PointsOf, colorOf: ColorOf): Dataset[] {
  if (!series.low || !series.high) return []
  const color = withAlpha(colorOf(series.color), 0.2)
  return [
    { ...plain(points(series.x, series.low)), borderWidth: 0, pointRadius: 0, fill: false },
    { ...plain(points(series.x, series.high)), borderWidth: 0, pointRadius: 0, backgroundColor: color, fill: '-1' },
  ]
}

function rawLine(series: Series, points: PointsOf, isDense: boolean, colorOf: ColorOf): Dataset {
  const { x, y } = rawValues(series)
  return {
    ...plain(points(x, y)),
    // Where a line runs up and down in every pixel it fills an area: lighter, or it would drown the smooth one.
    borderColor: withAlpha(colorOf(series.color), isDense ? 0.18 : 0.32),
    borderWidth: 1,
    fill: false,
  }
}

/** Values of the single steps, as far as they are known: of a point that gathers many, the least and the greatest. */
function rawValues({ x, y, lowest, highest }: Series): { x: ArrayLike<number>; y: ArrayLike<number> } {
  if (!lowest || !highest) return { x, y }
  const raw = { x: [] as number[], y: [] as number[] }
  for (let i = 0; i < x.length; i++) {
    raw.x.push(x[i]!, x[i]!)
    raw.y.push(lowest[i]!, highest[i]!)
  }
  return raw
}

function strongLine(series: Series, points: PointsOf, colorOf: ColorOf): Dataset {
  const color = colorOf(series.color)
  return {
    ...plain(points(series.x, smoothed(series).y)),
    borderColor: color,
    backgroundColor: color,
    borderWidth: 2,
    ...(series.isDashed && { borderDash: [5, 3] }),
    fill: false,
  }
}

function plain(data: Point[]): Dataset {
  // A line of few points shows them: one point alone would be invisible, and evaluations are worth aiming at.
  return { data, pointRadius: data.length <= 16 ? 2 : 0, pointHitRadius: 0, tension: 0, clip: 4 }
}

/** `#rrggbb` with an alpha from 0 to 1. */
export function withAlpha(color: string, alpha: number): string {
  const channels = [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16))
  return channels.some(Number.isNaN) ? color : `rgb(${channels.join(' ')} / ${alpha})`
}
