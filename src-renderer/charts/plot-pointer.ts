/** Shorter than this a drag is a click; pixels. */
const LEAST_DRAG = 6

/** What a pointer does on a plot, in pixels from its left edge: a drag chooses a stretch. */
export class PlotPointer {
  #start: number | null = null

  press(pixel: number): void {
    this.#start = pixel
  }

  /** Ends of the stretch that is dragged over so far; null: none. */
  dragged(pixel: number): readonly [number, number] | null {
    const start = this.#start
    return start === null || Math.abs(pixel - start) < LEAST_DRAG ? null : [start, pixel]
  }

  /** Lets go. null: nothing was pressed here. */
  release(pixel: number): readonly [number, number] | 'click' | null {
    const done = this.dragged(pixel) ?? (this.#start === null ? null : 'click')
    this.#start = null
    return done
  }
}
