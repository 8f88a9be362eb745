/**
 * Events on their way to one page. A page that reads slowly gets fewer, larger messages: what waits is merged by run, data set, download and completion, nothing that counts is lost. When even
 * that grows past the limit the connection ends; the page connects again and reads the journal from its last number on.
 */
import { EVENT_NAMES, type ApiEvents, type EventName } from '#contract/api'

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

/** Of what waits under one key, only the newest is sent. */
const KEY_OF: { readonly [E in Exclude<EventName, 'run.events'>]: (payload: ApiEvents[E]) => string } = {
  'runs.changed': ({ id }) => id,
  'datasets.progress': ({ path }) => path,
  'models.progress': ({ folder }) => folder,
  'playground.progress': ({ id }) => id,
  'reports.progress': () => '',
  'logprobs.progress': ({ id }) => id,
  'rewards.progress': ({ id }) => id,
  'torch.progress': () => '',
}

export class Outbox {
  readonly #line: Line
  readonly #limits: OutboxLimits
  readonly #waiting = Object.fromEntries(EVENT_NAMES.map((event) => [event, new Map()])) as unknown as Waiting
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
    for (const event of EVENT_NAMES) {
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
    } else {
      const keyOf = KEY_OF[event as keyof typeof KEY_OF] as (payload: ApiEvents[E]) => string
      this.#waiting[event].set(keyOf(payload), payload)
    }
  }

  #giveUp(): void {
    this.#isClosed = true
    for (const event of Object.values(this.#waiting)) event.clear()
    this.#line.close(TOO_SLOW, 'the page reads too slowly')
  }
}
