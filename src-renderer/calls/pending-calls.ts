/** Calls that were sent and are not answered yet. What a lost line took with it is sent again over the next one: the workbench does nothing twice. */
import { notAnswered, WorkbenchError, type ErrorRecord } from './workbench-error.ts'

/** A call that ends its line each time must not go on doing so. */
const MOST_SENDS = 5
/** The second would be refused for what the first has written. */
const SENT_ONCE: readonly string[] = ['runs.export', 'views.save', 'views.rename', 'views.remove']

interface Call {
  readonly method: string
  readonly text: string
  sendCount: number
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
}

export class PendingCalls {
  readonly #calls = new Map<number, Call>()
  #nextId = 1

  /** Methods in the order in which they were asked. */
  get methods(): readonly string[] {
    return [...this.#calls.values()].map(({ method }) => method)
  }

  send(method: string, args: readonly unknown[], send: (text: string) => void): Promise<unknown> {
    const id = this.#nextId++
    const text = JSON.stringify({ id, method, args })
    return new Promise((resolve, reject) => {
      this.#calls.set(id, { method, text, sendCount: 1, resolve, reject })
      send(text)
    })
  }

  answer({ id = 0, result, error }: { readonly id?: number; readonly result?: unknown; readonly error?: ErrorRecord }): void {
    const call = this.#calls.get(id)
    this.#calls.delete(id)
    if (error) call?.reject(new WorkbenchError(error))
    else call?.resolve(result)
  }

  /** The line is gone: what is not to be sent again ends here, and it is not known whether it was done. */
  lose(): void {
    for (const [id, { method, sendCount, reject }] of this.#calls) {
      if (sendCount < MOST_SENDS && !SENT_ONCE.includes(method)) continue
      this.#calls.delete(id)
      reject(notAnswered())
    }
  }

  /** Over a new line, in the order in which they were asked. */
  sendAgain(send: (text: string) => void): void {
    for (const call of this.#calls.values()) {
      call.sendCount++
      send(call.text)
    }
  }
}
