/**
 * Curves on a canvas of their own, somewhat wider than the plot: when what is shown moves along, the canvas is moved, and only when it comes to its end is the
 * picture pushed on in it and the strip that is missing drawn. A picture that was moved is up to half a pixel off and its dashes do not meet; draw it anew
 * when it rests.
 */
import { partOf, type ThinCurve } from './curves.ts'
import { drawCurves, OVER_THE_EDGE, type Plot } from './draw-curves.ts'

/** Pixels beyond either end of the plot. */
const BEYOND = 64

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
  /** Pixels of the canvas a pixel of the page. */
  readonly ratio: number
}

export class CurvePicture {
  readonly #canvas = document.createElement('canvas')
  readonly #context = this.#canvas.getContext('2d')!
  readonly #window: HTMLElement
  #drawn: Pictured | null = null
  /** Place at the left end of the plot while the canvas is not moved. */
  #first = 0

  /** `window` lies where the plot is; the canvas moves behind it. */
  constructor(window: HTMLElement) {
    this.#window = window
    this.#canvas.style.position = 'absolute'
    window.replaceChildren(this.#canvas)
  }

  /** Is it moved, not drawn anew? */
  draw(wanted: Pictured): boolean {
    const { plot, x, ratio } = wanted
    const width = plot.right - plot.left
    const perPlace = (ratio * width) / (x.last - x.first)
    const isAlike = this.#drawn !== null && areAlike(this.#drawn, wanted)
    const shift = isAlike ? Math.round((x.first - this.#first) * perPlace) : NaN
    this.#drawn = wanted
    if (!isAlike || Math.abs(shift) > ratio * width) {
      this.#drawWhole(wanted)
      return false
    }
    if (Math.abs(shift) <= ratio * BEYOND) this.#move(shift / ratio)
    else {
      this.#first += shift / perPlace
      this.#push(wanted, shift)
      this.#move(0)
    }
    return true
  }

  /** The next drawing is a whole one. */
  forget(): void {
    this.#drawn = null
  }

  /** `shift`: pixels of the page to the left. */
  #move(shift: number): void {
    this.#canvas.style.transform = shift === 0 ? '' : `translateX(${-shift}px)`
  }

  #drawWhole(wanted: Pictured): void {
    const { plot, x, ratio } = wanted
    const { left, top, width, height } = boxOf(plot)
    this.#first = x.first
    // Setting a size clears the canvas.
    this.#canvas.width = Math.round(ratio * (width + 2 * BEYOND))
    this.#canvas.height = Math.round(ratio * height)
    place(this.#window, left, top, width, height)
    // Its pixels are those of the screen, whole.
    place(this.#canvas, -BEYOND, 0, this.#canvas.width / ratio, this.#canvas.height / ratio)
    this.#move(0)
    this.#drawBetween(wanted, 0, this.#canvas.width)
  }

  /** `shift`: pixels of the canvas to the left. */
  #push(wanted: Pictured, shift: number): void {
    const context = this.#context
    const { width } = this.#canvas
    context.save()
    context.globalCompositeOperation = 'copy'
    context.drawImage(this.#canvas, -shift, 0)
    context.restore()
    if (shift > 0) this.#drawBetween(wanted, width - shift, width)
    else this.#drawBetween(wanted, 0, -shift)
  }

  /** Draws a strip of the canvas, between two of its pixels. */
  #drawBetween({ curves, x, plot, colorOf, ratio }: Pictured, start: number, end: number): void {
    const context = this.#context
    const box = boxOf(plot)
    const left = box.left - BEYOND
    const perPlace = (plot.right - plot.left) / (x.last - x.first)
    const xOf = (at: number): number => plot.left + (at - this.#first) * perPlace
    const placeAt = (pixel: number): number => this.#first + (pixel / ratio + left - plot.left) / perPlace
    const seen = curves.map((curve) => partOf(curve, placeAt(start), placeAt(end)))
    context.save()
    context.beginPath()
    context.rect(start, 0, end - start, this.#canvas.height)
    context.clip()
    context.setTransform(ratio, 0, 0, ratio, -ratio * left, -ratio * box.top)
    drawCurves(context, seen, { ...plot, left: plot.left - BEYOND, right: plot.right + BEYOND, xOf }, colorOf)
    context.restore()
  }
}

/** The plot and its edge, in whole pixels. */
function boxOf({ left, right, top, bottom }: Plot): { left: number; top: number; width: number; height: number } {
  const [x, y] = [Math.floor(left - OVER_THE_EDGE), Math.floor(top - OVER_THE_EDGE)]
  return { left: x, top: y, width: Math.ceil(right + OVER_THE_EDGE) - x, height: Math.ceil(bottom + OVER_THE_EDGE) - y }
}

function place({ style }: HTMLElement, left: number, top: number, width: number, height: number): void {
  style.left = `${left}px`
  style.top = `${top}px`
  style.width = `${width}px`
  style.height = `${height}px`
}

function areAlike(one: Pictured, other: Pictured): boolean {
  const width = ({ x }: Pictured): number => x.last - x.first
  const isSameHeight = one.y.first === other.y.first && one.y.last === other.y.last
  return one.source === other.source && one.key === other.key && isSameHeight && Math.abs(width(one) / width(other) - 1) < 1e-9
}
