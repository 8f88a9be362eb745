import { Latest } from './latest.svelte.ts'

const PAUSE_MS = 1_500

/** An answer that is asked for again as long as it is looked at. Close it when it is no longer shown. */
export class Followed<T> extends Latest<T> {
  readonly #question: () => Promise<T>
  readonly #timer: ReturnType<typeof setInterval>

  constructor(question: () => Promise<T>) {
    super()
    this.#question = question
    this.#timer = setInterval(() => this.look(), PAUSE_MS)
    this.look()
  }

  /** Now, without waiting for the next time. */
  look(): void {
    void this.ask(this.#question)
  }

  close(): void {
    clearInterval(this.#timer)
  }
}
