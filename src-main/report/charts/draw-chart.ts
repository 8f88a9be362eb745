/** A chart as SVG: complete without any script or style sheet. Classes are for a page that knows dark and light. */
import type { Chart, Point, Series } from '../document.ts'
import { escapeHtml } from '../html/escape.ts'
import { decimals, percent, whole } from '../numbers.ts'
import { INK, lookOf } from './palette.ts'
import { ticksBetween } from './ticks.ts'

const [WIDTH, HEIGHT] = [440, 240]
const FRAME = { left: 50, right: 16, top: 10, bottom: 36 }
const PLOT = { width: WIDTH - FRAME.left - FRAME.right, height: HEIGHT - FRAME.top - FRAME.bottom }
/** With so few points each is marked: it was measured, what lies between was not. */
const MOST_MARKED = 24

interface Scales {
  readonly x: (at: number) => number
  readonly y: (value: number) => number
  readonly low: number
  readonly high: number
}

/** `id` is the beginning of all ids inside. */
export function drawChart(chart: Chart, id: string): string {
  const scales = scalesOf(chart)
  const plot = [FRAME.left, FRAME.top, PLOT.width, PLOT.height, chart.axis.last].join(' ')
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="${id}-title" data-plot="${plot}" data-unit="${chart.axis.unit}" font-family="system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif" font-size="11">`,
    `<title id="${id}-title">${escapeHtml(`${chart.title}: ${spoken(chart)}`)}</title>`,
    ...horizontals(chart, scales),
    ...verticals(chart, scales),
    `<text class="soft" fill="#545b64" x="${FRAME.left + PLOT.width / 2}" y="${HEIGHT - 4}" text-anchor="middle">${chart.axis.unit}</text>`,
    ...chart.series.map((series, i) => `<g data-series="${i}">${band(series, scales)}</g>`),
    ...chart.series.map((series, i) => `<g data-series="${i}">${line(series, scales)}</g>`),
    '</svg>',
  ].join('\n')
}

/** As a file of its own, on paper white. */
export function drawChartFile(chart: Chart, id: string): string {
  const ground = `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`
  return `${drawChart(chart, id).replace('</title>', `</title>\n${ground}`)}\n`
}

function spoken({ series }: Chart): string {
  return series.map(({ title, points }) => `${title} at the end ${points.at(-1)!.text}`).join('; ')
}

function scalesOf({ range, series, axis }: Chart): Scales {
  const [low, high] = range === 'rate' ? [0, 1] : reachOf(series)
  const x = (at: number): number => FRAME.left + (at / axis.last) * PLOT.width
  const y = (value: number): number => FRAME.top + (1 - (value - low) / (high - low)) * PLOT.height
  return { x, y, low, high }
}

/** From 0, or below where there are values below it, to a little above the highest. */
function reachOf(series: readonly Series[]): [number, number] {
  const all = series.flatMap(({ points }) => points.flatMap(({ value, band: of }) => (of === null ? [value] : [of.low, of.high])))
  const [least, most] = [all.reduce((a, b) => Math.min(a, b), 0), all.reduce((a, b) => Math.max(a, b), 0)]
  if (least === most) return [0, 1]
  const ticks = ticksBetween(least, most, 5)
  const step = ticks.length > 1 ? ticks[1]! - ticks[0]! : most - least
  return [Math.floor(least / step + 1e-9) * step, Math.ceil(most / step - 1e-9) * step]
}

function horizontals({ range }: Chart, { y, low, high }: Scales): string[] {
  const label = (value: number): string =>
    range === 'rate' ? percent(value).replace('.0', '') : decimals(value).replace(/\.?0+$/, '')
  return ticksBetween(low, high, 6).map((value) => {
    const at = y(value).toFixed(1)
    const rule = `<line class="grid" stroke="#dfe2e6" x1="${FRAME.left}" x2="${FRAME.left + PLOT.width}" y1="${at}" y2="${at}"/>`
    return `${rule}<text class="soft" fill="#545b64" x="${FRAME.left - 6}" y="${(y(value) + 4).toFixed(1)}" text-anchor="end">${label(value)}</text>`
  })
}

function verticals({ axis }: Chart, { x }: Scales): string[] {
  const bottom = FRAME.top + PLOT.height
  return ticksBetween(0, axis.last, 7, axis.unit !== 'step').map((tick) => {
    const at = x(tick).toFixed(1)
    const mark = `<line class="axis" stroke="#8b929b" x1="${at}" x2="${at}" y1="${bottom}" y2="${bottom + 4}"/>`
    return `${mark}<text class="soft" fill="#545b64" x="${at}" y="${bottom + 16}" text-anchor="middle">${Number.isInteger(tick) ? whole(tick) : tick}</text>`
  })
}

function band({ color, points }: Series, { x, y }: Scales): string {
  const banded = points.flatMap(({ at, band: of }) => (of === null ? [] : [{ at, ...of }]))
  if (banded.length < 2) return ''
  const upper = banded.map(({ at, high }) => `${x(at).toFixed(1)},${y(high).toFixed(1)}`)
  const lower = banded.toReversed().map(({ at, low }) => `${x(at).toFixed(1)},${y(low).toFixed(1)}`)
  return `<polygon points="${[...upper, ...lower].join(' ')}" fill="${lookOf(color).color}" fill-opacity="0.14"/>`
}

function line({ color, points }: Series, scales: Scales): string {
  const { color: stroke, dash } = lookOf(color)
  const ink = stroke === INK ? ' class="ink"' : ''
  const path = points.map((point) => place(point, scales).join(',')).join(' ')
  const dashed = dash === '' ? '' : ` stroke-dasharray="${dash}"`
  const marks = points.length > MOST_MARKED ? [] : points
  const drawn = `<polyline${ink} points="${path}" fill="none" stroke="${stroke}" stroke-width="1.8" stroke-linejoin="round"${dashed}/>`
  return drawn + marks.map((point) => mark(point, scales, stroke, ink)).join('')
}

function mark(point: Point, scales: Scales, color: string, ink: string): string {
  const [cx, cy] = place(point, scales)
  return `<circle${ink} cx="${cx}" cy="${cy}" r="2.4" fill="${color}" stroke="none"/>`
}

function place({ at, value }: Point, { x, y }: Scales): [string, string] {
  return [x(at).toFixed(1), y(value).toFixed(1)]
}
