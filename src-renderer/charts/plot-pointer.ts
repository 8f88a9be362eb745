/** Shorter than this a drag is a click; pixels. */
const LEAST_DRAG = 6

/** choose: a drag chooses a stretch · pan: it moves the shown one along. */
export type DragKind = 'choose' | 'pan'

/** What a pointer does on a plot, in pixels from its left edge. */
export class PlotPointer {
  #start: number | null = null
  #kind: DragKind = 'choose'

  press(pixel: number, kind: DragKind = 'choose'): void {
    this.#start = pixel
    this.#kind = kind
  }

  /** Ends of the stretch that is dragged over so far; null: none. */
  dragged(pixel: number): readonly [number, number] | null {
    return this.#kind === 'choose' && this.#isDrag(pixel) ? [this.#start!, pixel] : null
  }

  /** Pixels that the plot was moved to the right so far; null: it is not being moved. */
  moved(pixel: number): number | null {
    return this.#kind === 'pan' && this.#start !== null ? pixel - this.#start : null
  }

  /** Lets go. null: nothing was pressed here, or what it did is done. */
  release(pixel: number): readonly [number, number] | 'click' | null {
    const isClick = this.#start !== null && !this.#isDrag(pixel)
    const done = isClick ? 'click' : this.dragged(pixel)
    this.#start = null
    return done
  }

  #isDrag(pixel: number): boolean {
    return this.#start !== null && Math.abs(pixel - this.#start) >= LEAST_DRAG
  }
}
