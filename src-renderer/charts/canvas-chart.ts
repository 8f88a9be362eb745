/** The one place that speaks to Chart.js: a line chart over steps with a crosshair. */
import { grouped } from '../format/number.ts'
import { axisLabel } from './axis-label.ts'
import { Chart, Filler, LinearScale, LineController, LineElement, PointElement, type Plugin } from 'chart.js'
import type { Dataset } from './datasets.ts'
import type { Range, StepAxis } from './series.ts'
import type { Point } from './thin.ts'

Chart.register(Filler, LinearScale, LineController, LineElement, PointElement)

export interface ChartLook {
  readonly ink: string
  readonly grid: string
  readonly line: string
  readonly crosshair: string
  readonly mark: string
  readonly font: string
}

export interface ChartFrame {
  readonly range: Range
  /** Nothing to draw: a scale would be made up. */
  readonly isEmpty: boolean
  readonly axis: StepAxis
  readonly look: ChartLook
}

export class CanvasChart {
  readonly #chart: Chart<'line', Point[]>
  #crosshair: number | null = null
  #marks: readonly number[] = []
  #colors = { crosshair: '', mark: '' }
  #frame = 0

  constructor(canvas: HTMLCanvasElement, onResize: (plotWidth: number) => void) {
    const crosshair: Plugin<'line'> = {
      id: 'crosshair',
      afterDatasetsDraw: (chart) => this.#drawLines(chart as Chart<'line', Point[]>),
    }
    this.#chart = new Chart<'line', Point[]>(canvas, {
      type: 'line',
      data: { datasets: [] },
      plugins: [crosshair],
      options: {
        animation: false,
        parsing: false,
        normalized: true,
        spanGaps: true,
        events: [],
        maintainAspectRatio: false,
        onResize: (chart, size) => onResize(chart.chartArea?.width ?? size.width),
      },
    })
  }

  show(datasets: Dataset[], frame: ChartFrame): void {
    this.#chart.data.datasets = datasets
    this.#chart.options.scales = { x: stepAxis(frame), y: valueAxis(frame) }
    this.#marks = frame.axis.marks.map(({ step }) => step)
    this.#colors = frame.look
    this.#schedule()
  }

  set crosshair(step: number | null) {
    if (step === this.#crosshair) return
    this.#crosshair = step
    this.#schedule('draw')
  }

  /** Step, not yet rounded, under a pixel counted from the canvas's left edge. */
  stepAt(pixel: number): number | null {
    return this.#chart.scales.x?.getValueForPixel(pixel) ?? null
  }

  close(): void {
    cancelAnimationFrame(this.#frame)
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

  #drawLines(chart: Chart<'line', Point[]>): void {
    for (const step of this.#marks) drawLine(chart, step, this.#colors.mark, [])
    if (this.#crosshair !== null) drawLine(chart, this.#crosshair, this.#colors.crosshair, [3, 3])
  }
}

/** Down the whole plot; nothing where the step is outside. */
function drawLine(chart: Chart<'line', Point[]>, step: number, color: string, dashes: number[]): void {
  const { x } = chart.scales
  if (!x) return
  const pixel = Math.round(x.getPixelForValue(step)) + 0.5
  const { top, bottom, left, right } = chart.chartArea
  if (pixel < left - 1 || pixel > right + 1) return
  chart.ctx.save()
  chart.ctx.strokeStyle = color
  chart.ctx.lineWidth = 1
  chart.ctx.setLineDash(dashes)
  chart.ctx.beginPath()
  chart.ctx.moveTo(pixel, top)
  chart.ctx.lineTo(pixel, bottom)
  chart.ctx.stroke()
  chart.ctx.restore()
}

function stepAxis({ axis, look }: ChartFrame) {
  return {
    type: 'linear' as const,
    min: 0,
    max: Math.max(axis.last, 1),
    grid: { display: false },
    border: { color: look.line },
    ticks: {
      color: look.ink,
      font: { family: look.font, size: 11 },
      precision: 0,
      maxTicksLimit: 7,
      maxRotation: 0,
      includeBounds: false,
      callback: (value: string | number) => grouped(Number(value)),
    },
  }
}

function valueAxis({ range, isEmpty, look }: ChartFrame) {
  const isRate = range === 'rate'
  return {
    type: 'linear' as const,
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
      display: isRate || !isEmpty,
      ...(isRate && { stepSize: 0.25 }),
      callback: (value: string | number, _: number, ticks: readonly { value: number }[]) =>
        axisLabel(Number(value), ticks, isRate),
    },
    // Plots of one column stay aligned although their numbers differ in length.
    afterFit: (scale: { width: number }) => (scale.width = 48),
  }
}
