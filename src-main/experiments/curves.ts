/** Validation pass@1 of every run over its training time: as a table, and as a drawing that needs nothing but a viewer of SVG. */
import type { ExperimentPlan } from '#contract/experiment'

export interface CurvePoint {
  readonly step: number
  /** Training so far. */
  readonly seconds: number
  /** Share 0..1 */
  readonly value: number
}

export interface Curve {
  readonly arm: string
  readonly seed: number
  readonly points: readonly CurvePoint[]
}

export function curvesTable(curves: readonly Curve[]): string {
  const rows = curves.flatMap(({ arm, seed, points }) =>
    points.map(({ step, seconds, value }) => [arm, seed, step, seconds.toFixed(1), value.toFixed(4)].join(',')),
  )
  return ['arm,seed,step,training_seconds,validation_pass@1', ...rows, ''].join('\n')
}

const [WIDTH, HEIGHT] = [720, 400]
const FRAME = { left: 56, right: 16, top: 40, bottom: 48 }
/** Okabe and Ito (2008): told apart by colour-blind readers, too. */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#56b4e9', '#e69f00']
const DASHES = ['', '7 3', '2 3', '9 3 2 3', '4 4', '1 4']

export function curvesDrawing({ title, arms }: ExperimentPlan, curves: readonly Curve[]): string {
  const all = curves.flatMap(({ points }) => points)
  const lastMinute = Math.max(1, ...all.map(({ seconds }) => seconds / 60))
  const [least, most] = [Math.floor(Math.min(...all.map(tenths))) / 10, Math.ceil(Math.max(...all.map(tenths))) / 10]
  const x = (seconds: number): number => FRAME.left + (seconds / 60 / lastMinute) * (WIDTH - FRAME.left - FRAME.right)
  const y = (value: number): number =>
    HEIGHT - FRAME.bottom - ((value - least) / Math.max(0.1, most - least)) * (HEIGHT - FRAME.top - FRAME.bottom)
  const look = (arm: string): string => {
    const place = arms.findIndex(({ name }) => name === arm)
    return `stroke="${COLOURS[place % COLOURS.length]}" stroke-dasharray="${DASHES[place % DASHES.length]}"`
  }
  const lines = curves.map(({ arm, points }) => {
    const path = points.map(({ seconds, value }) => `${x(seconds).toFixed(1)},${y(value).toFixed(1)}`).join(' ')
    return `<polyline points="${path}" fill="none" stroke-width="2" ${look(arm)}/>`
  })
  const legend = arms.map(({ name, title: of }, i) => {
    const at = FRAME.left + i * 140
    return `<line x1="${at}" x2="${at + 28}" y1="28" y2="28" stroke-width="2" ${look(name)}/><text x="${at + 34}" y="32">${escaped(of)}</text>`
  })
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`,
    `<title>${escaped(title)}: validation pass@1 over training time</title>`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    ...ticks(least, most, 0.1).map((value) => horizontal(y(value), `${Math.round(value * 100)} %`)),
    ...ticks(0, lastMinute, minuteStep(lastMinute)).map((minute) => vertical(x(minute * 60), String(minute))),
    `<text x="${WIDTH / 2}" y="${HEIGHT - 10}" text-anchor="middle">minutes of training</text>`,
    `<text x="${FRAME.left}" y="16">Validation pass@1 at temperature 1, a line a run</text>`,
    ...legend,
    ...lines,
    '</svg>',
    '',
  ].join('\n')
}

function tenths({ value }: CurvePoint): number {
  return value * 10
}

function minuteStep(minutes: number): number {
  return [1, 2, 5, 10, 20, 60, 120, 300].find((step) => minutes / step <= 10) ?? 600
}

function ticks(from: number, to: number, step: number): number[] {
  return Array.from({ length: Math.floor((to - from) / step + 1e-6) + 1 }, (_, i) => from + i * step)
}

function horizontal(y: number, label: string): string {
  const line = `<line x1="${FRAME.left}" x2="${WIDTH - FRAME.right}" y1="${y.toFixed(1)}" y2="${y.toFixed(1)}" stroke="#ddd"/>`
  return `${line}<text x="${FRAME.left - 6}" y="${(y + 4).toFixed(1)}" text-anchor="end">${label}</text>`
}

function vertical(x: number, label: string): string {
  return `<text x="${x.toFixed(1)}" y="${HEIGHT - FRAME.bottom + 18}" text-anchor="middle">${label}</text>`
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
