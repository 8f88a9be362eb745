/** Wakes who waits: when it rings, or after a while. A ring that nobody waited for is kept. */
export class Alarm {
  readonly #tickMs: number
  #isRinging = false
  #wake: (() => void) | null = null

  constructor(tickMs: number) {
    this.#tickMs = tickMs
  }

  ring(): void {
    this.#isRinging = true
    this.#wake?.()
  }

  async wait(): Promise<void> {
    if (!this.#isRinging) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, this.#tickMs)
        this.#wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
    this.#wake = null
    this.#isRinging = false
  }
}
