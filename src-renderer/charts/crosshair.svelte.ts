import { paced } from './paced.ts'
import type { Zoom } from './zoom.ts'

/** Numbers that change faster cannot be read. */
const TELLING_MS = 100

/** The step under the pointer and the stretch that is shown, shared by all charts of a page. */
export class Crosshair {
  #step = $state<number | null>(null)
  #told = $state<number | null>(null)
  readonly #tell = paced(TELLING_MS, () => (this.#told = this.#step))
  /** null: the whole. */
  zoom = $state.raw<Zoom | null>(null)

  /** Where the line stands. */
  get step(): number | null {
    return this.#step
  }

  set step(step: number | null) {
    if (step === this.#step) return
    this.#step = step
    this.#tell()
  }

  /** Moves it by hand: a person who asks for a step is told at once. */
  goTo(step: number | null): void {
    this.#step = this.#told = step
  }

  /** The step whose values legends and screen readers tell: the same one, a moment later where it moves fast. */
  get told(): number | null {
    return this.#told
  }
}
