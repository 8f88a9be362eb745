/** A line chart over steps with a crosshair. The one place that speaks to Chart.js, which lays out and draws the axes. */
import { grouped } from '../format/number.ts'
import { axisLabel, logAxisLabel } from './axis-label.ts'
import { Chart, LinearScale, LogarithmicScale, type Plugin, type Scale } from 'chart.js'
import { CurvePicture } from './curve-picture.ts'
import { extentOf, partOf, type Extent, type ThinCurve } from './curves.ts'
import type { Plot } from './draw-curves.ts'
import type { Range } from './series.ts'

Chart.register(LinearScale, LogarithmicScale)

type Axes = Chart<'line', never[]>

export interface ChartLook {
  readonly ink: string
  readonly grid: string
  readonly line: string
  readonly mark: string
  readonly font: string
}

/** What has not moved for so long rests; milliseconds. */
const REST_MS = 150

export interface ChartFrame {
  /** What the curves are made from. */
  readonly source: unknown
  readonly range: Range
  /** Nothing to draw: a scale would be made up. */
  readonly isEmpty: boolean
  /** Ends of the axis and what happened along it, as places. */
  readonly first: number
  readonly last: number
  readonly marks: readonly number[]
  readonly look: ChartLook
  readonly colorOf: (token: string) => string
}

export class CanvasChart {
  readonly #chart: Axes
  readonly #crosshairLine: HTMLElement
  #crosshair: number | null = null
  #selection: readonly [number, number] | null = null
  #curves: readonly ThinCurve[] = []
  #shown: ChartFrame | null = null
  readonly #picture: CurvePicture
  #rest: ReturnType<typeof setTimeout> | undefined
  #frame = 0

  /** The canvas has axes and marks. `crosshair` and the curves lie over it and are moved, so that a pointer that moves draws no curve again. */
  constructor(
    canvas: HTMLCanvasElement,
    { crosshair, curves }: { readonly crosshair: HTMLElement; readonly curves: HTMLElement },
    onResize: (plotWidth: number) => void,
  ) {
    this.#crosshairLine = crosshair
    this.#picture = new CurvePicture(curves)
    const lines: Plugin<'line'> = {
      id: 'lines',
      beforeDatasetsDraw: (chart) => this.#drawCurves(chart as Axes),
      // The first drawing comes before the chart has a name here.
      afterDraw: (chart) => this.#placeCrosshair(chart as Axes),
    }
    this.#chart = new Chart<'line', never[]>(canvas, {
      type: 'line',
      data: { datasets: [] },
      plugins: [lines],
      options: {
        animation: false,
        events: [],
        maintainAspectRatio: false,
        onResize: (chart, size) => onResize(chart.chartArea?.width ?? size.width),
      },
    })
  }

  /** curves: of what is shown and beside it. */
  show(curves: readonly ThinCurve[], frame: ChartFrame): void {
    this.#curves = curves
    this.#shown = frame
    this.#chart.options.scales = { x: stepAxis(frame), y: valueAxis(frame, extentShown(curves, frame)) }
    this.#schedule()
  }

  /** A place along the axis; null: none. */
  set crosshair(place: number | null) {
    if (place === this.#crosshair) return
    this.#crosshair = place
    this.#placeCrosshair(this.#chart)
  }

  /** A stretch that a person is choosing, in places; null: none. */
  set selection(ends: readonly [number, number] | null) {
    if (ends === null && this.#selection === null) return
    this.#selection = ends
    this.#schedule('draw')
  }

  /** Place along the axis under a pixel counted from the canvas's left edge. */
  placeAt(pixel: number): number | null {
    return this.#chart.scales.x?.getValueForPixel(pixel) ?? null
  }

  close(): void {
    cancelAnimationFrame(this.#frame)
    clearTimeout(this.#rest)
    this.#chart.destroy()
  }

  #pending: 'draw' | 'update' | null = null

  /** At most one redraw in a frame, however many points arrive. */
  #schedule(what: 'draw' | 'update' = 'update'): void {
    const isWaiting = this.#pending !== null
    if (this.#pending !== 'update') this.#pending = what
    if (isWaiting) return
    this.#frame = requestAnimationFrame(() => {
      const pending = this.#pending
      this.#pending = null
      if (pending === 'update') this.#chart.update('none')
      else this.#chart.draw()
    })
  }

  #drawCurves(chart: Axes): void {
    const { x, y } = chart.scales
    const shown = this.#shown
    if (!x || !y || shown === null) return
    const plot = { ...chart.chartArea, xOf: linear(x), yOf: shown.range === 'log' ? pixelOn(y) : linear(y) }
    this.#drawPicture(chart, plot, shown)
    for (const place of shown.marks) drawLine(chart, place, shown.look.mark)
    if (this.#selection !== null) drawStretch(chart, this.#selection, shown.look.mark)
  }

  #drawPicture(chart: Axes, plot: Plot, { source, look, colorOf }: ChartFrame): void {
    const ratio = chart.currentDevicePixelRatio
    const key = [...Object.values(look), ratio, ...Object.values(chart.chartArea)].join()
    const [x, y] = [endsOf(chart.scales.x!), endsOf(chart.scales.y!)]
    const isMoved = this.#picture.draw({ curves: this.#curves, source, x, y, plot, colorOf, key, ratio })
    clearTimeout(this.#rest)
    if (isMoved) this.#rest = setTimeout(() => this.#settle(), REST_MS)
  }

  /** Draws what was moved along as it should be. */
  #settle(): void {
    this.#picture.forget()
    this.#schedule('draw')
  }

  /** Out of sight where its place is not in the plot. */
  #placeCrosshair(chart: Axes): void {
    const { x } = chart.scales
    const { top, bottom, left, right } = chart.chartArea ?? { top: 0, bottom: 0, left: 0, right: -1 }
    const pixel = x && this.#crosshair !== null ? Math.round(x.getPixelForValue(this.#crosshair)) : NaN
    const isSeen = pixel >= left - 1 && pixel <= right + 1
    if (this.#crosshairLine.hidden === isSeen) this.#crosshairLine.hidden = !isSeen
    if (!isSeen) return
    this.#crosshairLine.style.transform = `translate(${pixel}px, ${top}px)`
    this.#crosshairLine.style.height = `${bottom - top}px`
  }
}

/** A rate goes from 0 to 100 % whatever is shown. */
function extentShown(curves: readonly ThinCurve[], { range, first, last }: ChartFrame): Extent | null {
  return range === 'rate' ? null : extentOf(curves.map((curve) => partOf(curve, first, last, 1)))
}

function endsOf({ min, max }: Scale): { first: number; last: number } {
  return { first: min, last: max }
}

function pixelOn(scale: Scale): (value: number) => number {
  return (value) => scale.getPixelForValue(value)
}

/** The same for a scale whose equal steps are equally far apart, without asking it for each point. */
function linear(scale: Scale): (value: number) => number {
  const { min, max } = scale
  const start = scale.getPixelForValue(min)
  const perUnit = (scale.getPixelForValue(max) - start) / (max - min || 1)
  return (value) => start + (value - min) * perUnit
}

function drawStretch(chart: Axes, ends: readonly [number, number], color: string): void {
  const { x } = chart.scales
  if (!x) return
  const { top, bottom, left, right } = chart.chartArea
  const [start, end] = ends.map((place) => Math.min(Math.max(x.getPixelForValue(place), left), right)) as [number, number]
  chart.ctx.save()
  chart.ctx.globalAlpha = 0.2
  chart.ctx.fillStyle = color
  chart.ctx.fillRect(Math.min(start, end), top, Math.abs(end - start), bottom - top)
  chart.ctx.restore()
}

/** Down the whole plot; nothing where the place is outside. */
function drawLine(chart: Axes, place: number, color: string): void {
  const { x } = chart.scales
  if (!x) return
  const pixel = Math.round(x.getPixelForValue(place)) + 0.5
  const { top, bottom, left, right } = chart.chartArea
  if (pixel < left - 1 || pixel > right + 1) return
  chart.ctx.save()
  chart.ctx.strokeStyle = color
  chart.ctx.lineWidth = 1
  chart.ctx.beginPath()
  chart.ctx.moveTo(pixel, top)
  chart.ctx.lineTo(pixel, bottom)
  chart.ctx.stroke()
  chart.ctx.restore()
}

/** Room for half a label at the right, always: left to the labels the plot's width would change as they move along, and every curve with it. */
function stepAxis({ first, last, look }: ChartFrame) {
  return {
    type: 'linear' as const,
    min: first,
    max: last,
    grid: { display: false },
    border: { color: look.line },
    ticks: {
      color: look.ink,
      font: { family: look.font, size: 11 },
      // Whole numbers, unless there are too few of them.
      ...(last - first >= 4 && { precision: 0 }),
      maxTicksLimit: 7,
      maxRotation: 0,
      includeBounds: false,
      callback: (value: string | number) => stepLabel(Number(value)),
    },
    afterFit: (scale: { paddingLeft: number; paddingRight: number }) => {
      scale.paddingLeft = 0
      scale.paddingRight = Math.ceil((stepLabel(Math.round(last)).length * LETTER) / 2)
    },
  }
}

/** Pixels of a digit of the axes, at most. */
const LETTER = 7

function stepLabel(place: number): string {
  return grouped(Number(place.toFixed(2)))
}

function valueAxis({ range, isEmpty, look }: ChartFrame, extent: Extent | null) {
  const reached = extent && { suggestedMin: extent.least, suggestedMax: extent.greatest }
  if (range === 'log') return { ...logAxis(look), ...reached }
  const isRate = range === 'rate'
  return {
    type: 'linear' as const,
    ...reached,
    ...(range !== 'free' && { min: 0 }),
    ...(isRate && { max: 1 }),
    grace: range === 'free' ? '8%' : 0,
    border: { display: false },
    grid: { color: look.grid, drawTicks: false },
    ticks: {
      color: look.ink,
      font: { family: look.font, size: 11 },
      padding: 4,
      maxTicksLimit: 6,
      autoSkip: false,
      display: isRate || !isEmpty,
      ...(isRate && { stepSize: 0.25 }),
      callback: (value: string | number, _: number, ticks: readonly { value: number }[]) =>
        axisLabel(Number(value), ticks, isRate),
    },
    afterFit: alike,
  }
}

function logAxis(look: ChartLook) {
  return {
    type: 'logarithmic' as const,
    border: { display: false },
    grid: { color: look.grid, drawTicks: false },
    ticks: {
      color: look.ink,
      font: { family: look.font, size: 11 },
      padding: 4,
      maxTicksLimit: 6,
      callback: (value: string | number) => logAxisLabel(Number(value)),
    },
    afterFit: alike,
  }
}

/** Plots of one column stay aligned although their numbers differ in length. */
function alike(scale: { width: number }): void {
  scale.width = 48
}
