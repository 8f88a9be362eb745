/**
 * Events on their way to one page. A page that reads slowly gets fewer, larger messages: what waits is merged by run and by data set, nothing that counts is lost. When even
 * that grows past the limit the connection ends; the page connects again and reads the journal from its last number on.
 */
import type { ApiEvents, EventName } from '#contract/api'

/** The part of a WebSocket that is used here. */
export interface Line {
  /** Bytes that the other side has not taken yet. */
  readonly bufferedAmount: number
  send(text: string, whenTaken: () => void): void
  close(code: number, reason: string): void
}

export interface OutboxLimits {
  /** Above this many bytes under way, events wait and are merged. */
  readonly busyBytes: number
  /** Most journal events that may wait. */
  readonly waitingEvents: number
}

const LIMITS: OutboxLimits = { busyBytes: 256 * 1024, waitingEvents: 20_000 }
/** WebSocket close code "try again later". */
const TOO_SLOW = 1013

type Waiting = { [E in EventName]: Map<string, ApiEvents[E]> }

export class Outbox {
  readonly #line: Line
  readonly #limits: OutboxLimits
  readonly #waiting: Waiting = { 'run.events': new Map(), 'runs.changed': new Map(), 'datasets.progress': new Map() }
  #eventCount = 0
  #isClosed = false

  constructor(line: Line, limits = LIMITS) {
    this.#line = line
    this.#limits = limits
  }

  push<E extends EventName>(event: E, payload: ApiEvents[E]): void {
    if (this.#isClosed) return
    this.#keep(event, payload)
    if (this.#eventCount > this.#limits.waitingEvents) return this.#giveUp()
    this.flush()
  }

  /** Sends what waits unless the line is busy. */
  flush(): void {
    if (this.#isClosed || this.#line.bufferedAmount > this.#limits.busyBytes) return
    // Journal lines first: a change of status then finds the page as far as the journal is.
    for (const event of ['run.events', 'runs.changed', 'datasets.progress'] as const) {
      const payloads = [...this.#waiting[event].values()]
      this.#waiting[event].clear()
      for (const payload of payloads) this.#line.send(JSON.stringify({ event, payload }), () => this.flush())
    }
    this.#eventCount = 0
  }

  #keep<E extends EventName>(event: E, payload: ApiEvents[E]): void {
    if (event === 'run.events') {
      const { id, events } = payload as ApiEvents['run.events']
      const earlier = this.#waiting['run.events'].get(id)?.events ?? []
      this.#waiting['run.events'].set(id, { id, events: [...earlier, ...events] })
      this.#eventCount += events.length
    } else if (event === 'runs.changed') {
      const changed = payload as ApiEvents['runs.changed']
      this.#waiting['runs.changed'].set(changed.id, changed)
    } else {
      const progress = payload as ApiEvents['datasets.progress']
      this.#waiting['datasets.progress'].set(progress.path, progress)
    }
  }

  #giveUp(): void {
    this.#isClosed = true
    for (const event of Object.values(this.#waiting)) event.clear()
    this.#line.close(TOO_SLOW, 'the page reads too slowly')
  }
}
