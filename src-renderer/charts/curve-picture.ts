/**
 * Curves on a canvas of their own. When what is shown moves along, the picture is pushed on and only the strip that comes into view is drawn: that is most of the
 * work of a frame. A pushed picture is up to half a pixel off and its dashes do not meet; draw it anew when it rests.
 */
import type { ThinCurve } from './curves.ts'
import { drawCurves, OVER_THE_EDGE, type Plot } from './draw-curves.ts'
import { firstNotBelow } from './series.ts'
import type { Point } from './thin.ts'

/** Of an axis, in its own units. */
interface Ends {
  readonly first: number
  readonly last: number
}

export interface Pictured {
  readonly curves: readonly ThinCurve[]
  /** What they are made from: another one is another picture. */
  readonly source: unknown
  readonly x: Ends
  readonly y: Ends
  readonly plot: Plot
  readonly colorOf: (token: string) => string
  /** What else makes another picture: theme and size. */
  readonly key: string
  /** Of the canvas, in its own pixels. */
  readonly width: number
  readonly height: number
  /** Its pixels a unit of the page. */
  readonly ratio: number
}

export class CurvePicture {
  readonly canvas = document.createElement('canvas')
  readonly #context = this.canvas.getContext('2d')!
  #drawn: Pictured | null = null
  /** Place at the left end of the plot. */
  #first = 0

  /** Is it pushed on, not drawn anew? */
  draw(wanted: Pictured): boolean {
    const perPlace = (wanted.ratio * (wanted.plot.right - wanted.plot.left)) / (wanted.x.last - wanted.x.first)
    const shift = this.#drawn === null ? NaN : Math.round((wanted.x.first - this.#first) * perPlace)
    const isAlike = this.#drawn !== null && areAlike(this.#drawn, wanted)
    this.#drawn = wanted
    if (!isAlike || Math.abs(shift) > wanted.ratio * (wanted.plot.right - wanted.plot.left)) {
      this.#drawWhole(wanted)
      return false
    }
    this.#first += shift / perPlace
    if (shift !== 0) this.#push(wanted, shift)
    return true
  }

  /** The next drawing is a whole one. */
  forget(): void {
    this.#drawn = null
  }

  #drawWhole({ curves, x, plot, colorOf, width, height, ratio }: Pictured): void {
    this.#first = x.first
    // Setting a size clears the canvas.
    this.canvas.width = width
    this.canvas.height = height
    this.#context.setTransform(ratio, 0, 0, ratio, 0, 0)
    drawCurves(this.#context, curves, plot, colorOf)
  }

  /** `shift`: pixels of the canvas to the left. */
  #push({ curves, x, plot, colorOf, height, ratio }: Pictured, shift: number): void {
    const context = this.#context
    const left = Math.floor((plot.left - OVER_THE_EDGE) * ratio)
    const right = Math.ceil((plot.right + OVER_THE_EDGE) * ratio)
    const strip = shift > 0 ? ([right - shift, right] as const) : ([left, left - shift] as const)
    context.save()
    context.setTransform(1, 0, 0, 1, 0, 0)
    clipTo(context, left, right, height)
    context.globalCompositeOperation = 'copy'
    context.drawImage(this.canvas, -shift, 0)
    context.globalCompositeOperation = 'source-over'
    clipTo(context, ...strip, height)
    context.setTransform(ratio, 0, 0, ratio, 0, 0)
    const perPlace = (plot.right - plot.left) / (x.last - x.first)
    const placeAt = (pixel: number): number => this.#first + (pixel / ratio - plot.left) / perPlace
    const [from, to] = [placeAt(strip[0]), placeAt(strip[1])]
    const xOf = (place: number): number => plot.left + (place - this.#first) * perPlace
    drawCurves(
      context,
      curves.map((curve) => partOf(curve, from, to)),
      { ...plot, xOf },
      colorOf,
    )
    context.restore()
  }
}

function areAlike(one: Pictured, other: Pictured): boolean {
  const width = ({ x }: Pictured): number => x.last - x.first
  const isSameHeight = one.y.first === other.y.first && one.y.last === other.y.last
  return one.source === other.source && one.key === other.key && isSameHeight && Math.abs(width(one) / width(other) - 1) < 1e-9
}

function clipTo(context: CanvasRenderingContext2D, left: number, right: number, height: number): void {
  context.beginPath()
  context.rect(left, 0, right - left, height)
  context.clip()
}

/** Of each of its lines the points of a stretch and one at either side. */
export function partOf(curve: ThinCurve, from: number, to: number): ThinCurve {
  return { ...curve, points: pointsAround(curve.points, from, to), lower: curve.lower && pointsAround(curve.lower, from, to) }
}

function pointsAround(points: readonly Point[], from: number, to: number): readonly Point[] {
  const places = points.map(({ x }) => x)
  return points.slice(Math.max(0, firstNotBelow(places, from) - 2), firstNotBelow(places, to) + 2)
}
