/** Curves on a canvas. */
import type { CurveKind, ThinCurve } from './curves.ts'
import type { Point } from './thin.ts'

/** Pixels of the canvas. */
export interface Plot {
  readonly left: number
  readonly right: number
  readonly top: number
  readonly bottom: number
  readonly xOf: (place: number) => number
  readonly yOf: (value: number) => number
}

/** A line at the edge of the plot is drawn in its whole width. */
export const OVER_THE_EDGE = 4
const POINT_RADIUS = 2
const LINE_WIDTH: Readonly<Record<CurveKind, number>> = { area: 0, band: 0, raw: 1, line: 2 }

/** colorOf: what a style sheet says of a token. */
export function drawCurves(
  context: CanvasRenderingContext2D,
  curves: readonly ThinCurve[],
  plot: Plot,
  colorOf: (token: string) => string,
): void {
  const { left, right, top, bottom } = plot
  context.save()
  context.beginPath()
  context.rect(left - OVER_THE_EDGE, top - OVER_THE_EDGE, right - left + 2 * OVER_THE_EDGE, bottom - top + 2 * OVER_THE_EDGE)
  context.clip()
  context.lineJoin = 'round'
  for (const curve of curves) if (curve.points.length > 0) drawCurve(context, curve, plot, colorOf(curve.color))
  context.restore()
}

function drawCurve(context: CanvasRenderingContext2D, curve: ThinCurve, plot: Plot, color: string): void {
  const { kind, points, isDashed } = curve
  context.beginPath()
  trace(context, points, plot)
  if (kind === 'area' || kind === 'band') {
    traceBack(context, curve, plot)
    context.fillStyle = kind === 'area' ? color : withAlpha(color, 0.2)
    return context.fill()
  }
  context.lineWidth = LINE_WIDTH[kind]
  context.strokeStyle = kind === 'line' ? color : withAlpha(color, alphaOfRaw(curve))
  context.setLineDash(isDashed ? [5, 3] : [])
  context.stroke()
  if (curve.hasDots) drawPoints(context, points, plot, color)
}

/** Where a line runs up and down in every pixel it fills an area: lighter, or it would drown the smooth one. */
function alphaOfRaw({ isDense }: ThinCurve): number {
  return isDense ? 0.18 : 0.32
}

function trace(context: CanvasRenderingContext2D, points: readonly Point[], { xOf, yOf }: Plot): void {
  for (const { x, y } of points) context.lineTo(xOf(x), yOf(y))
}

/** Along the lower edge, or straight along the axis. */
function traceBack(context: CanvasRenderingContext2D, { points, lower }: ThinCurve, plot: Plot): void {
  const ends: readonly Point[] = [
    { x: points[0]!.x, y: 0 },
    { x: points.at(-1)!.x, y: 0 },
  ]
  trace(context, (lower ?? ends).toReversed(), plot)
  context.closePath()
}

function drawPoints(context: CanvasRenderingContext2D, points: readonly Point[], { xOf, yOf }: Plot, color: string): void {
  context.fillStyle = color
  context.beginPath()
  for (const { x, y } of points) {
    context.moveTo(xOf(x) + POINT_RADIUS, yOf(y))
    context.arc(xOf(x), yOf(y), POINT_RADIUS, 0, 2 * Math.PI)
  }
  context.fill()
}

/** `#rrggbb` with an alpha from 0 to 1. */
export function withAlpha(color: string, alpha: number): string {
  const channels = [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16))
  return channels.some(Number.isNaN) ? color : `rgb(${channels.join(' ')} / ${alpha})`
}
