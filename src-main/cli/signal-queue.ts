/** Signals in the order in which they came, from the moment that somebody listens. */
import type { Context, EndingSignal } from './context.ts'

/** `closed`: whoever read stdout has gone. */
export type Parting = EndingSignal | 'closed'

/** npm hands a Ctrl-C on that the terminal has already sent: two so close together are one. */
const SAME_KEY_MS = 400

/** Made before a run is, so that a Ctrl-C meanwhile is not lost. */
export class SignalQueue {
  /** A first Ctrl-C has been obeyed. */
  isStopping = false
  readonly #endListening: readonly (() => void)[]
  readonly #waiting: Parting[] = []
  readonly #listeners = new Set<() => void>()
  #lastInterruptMs = -Infinity

  constructor({ onSignal, terminal }: Pick<Context, 'onSignal' | 'terminal'>) {
    this.#endListening = [onSignal((signal) => this.#take(signal)), terminal.onClosed(() => this.#put('closed'))]
  }

  take(): Parting[] {
    return this.#waiting.splice(0)
  }

  onNew(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  close(): void {
    for (const end of this.#endListening) end()
  }

  #take(signal: EndingSignal): void {
    if (signal === 'SIGINT') {
      const nowMs = performance.now()
      const isSameKey = nowMs - this.#lastInterruptMs < SAME_KEY_MS
      this.#lastInterruptMs = nowMs
      if (isSameKey) return
    }
    this.#put(signal)
  }

  #put(parting: Parting): void {
    this.#waiting.push(parting)
    for (const listener of this.#listeners) listener()
  }
}
