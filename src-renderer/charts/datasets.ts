/** Series -> Chart.js datasets: thinned, smoothed, with their bands. */
import type { ChartDataset } from 'chart.js'
import { cumulated, type Range, type Series } from './series.ts'
import { movingAverage } from './smooth.ts'
import { thin, type Point } from './thin.ts'

export type Dataset = ChartDataset<'line', Point[]>
type ColorOf = (token: string) => string

/** width: pixels of the plot; more than two points a pixel cannot be seen, and a bucket keeps up to four. */
export function datasetsOf(series: readonly Series[], range: Range, width: number, colorOf: ColorOf): Dataset[] {
  const buckets = Math.max(16, Math.floor(width / 2))
  if (range === 'stacked') return cumulated(series.map(smoothed)).map((one, i) => area(one, i, buckets, colorOf))
  // Bands first, then the light raw lines, then the strong ones: later datasets lie on top.
  return [
    ...series.flatMap((one) => band(one, buckets, colorOf)),
    ...series.filter((one) => one.isSmoothed).map((one) => rawLine(one, buckets, colorOf)),
    ...series.map((one) => strongLine(one, buckets, colorOf)),
  ]
}

function smoothed(series: Series): Series {
  return series.isSmoothed ? { ...series, y: movingAverage(series.x, series.y) } : series
}

function area(series: Series, index: number, buckets: number, colorOf: ColorOf): Dataset {
  const color = colorOf(series.color)
  return {
    ...plain(thin(series.x, series.y, buckets)),
    pointRadius: 0,
    borderWidth: 0,
    backgroundColor: color,
    fill: index === 0 ? 'origin' : '-1',
    order: index,
  }
}

function band(series: Series, buckets: number, colorOf: ColorOf): Dataset[] {
  if (!series.low || !series.high) return []
  const color = withAlpha(colorOf(series.color), 0.2)
  return [
    { ...plain(thin(series.x, series.low, buckets)), borderWidth: 0, pointRadius: 0, fill: false },
    { ...plain(thin(series.x, series.high, buckets)), borderWidth: 0, pointRadius: 0, backgroundColor: color, fill: '-1' },
  ]
}

function rawLine(series: Series, buckets: number, colorOf: ColorOf): Dataset {
  const { x, y } = rawValues(series)
  return {
    ...plain(thin(x, y, buckets)),
    // Where a line runs up and down in every pixel it fills an area: lighter, or it would drown the smooth one.
    borderColor: withAlpha(colorOf(series.color), x.length > buckets ? 0.18 : 0.32),
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

function strongLine(series: Series, buckets: number, colorOf: ColorOf): Dataset {
  const color = colorOf(series.color)
  return {
    ...plain(thin(series.x, smoothed(series).y, buckets)),
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
