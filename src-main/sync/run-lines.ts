/** The lines of a run, read from the store a page at a time: memory holds a page, however long the run is. */
import type { JournalEvent } from '#contract/journal'
import { LateEvent, LineFold, type Line, type LineOptions, type LineValue, type Rewind } from './lines.ts'
import { Summary } from './summary.ts'

const PAGE_EVENTS = 1_000

type Media = Readonly<Record<string, LineValue>>

/** What is read of the store. */
export interface EventSource {
  events(runId: string, afterSeq: number, limit: number): Promise<JournalEvent[]>
  rewinds(runId: string): Promise<Rewind[]>
}

export interface RunLinesOptions extends Pick<LineOptions, 'startMs' | 'aliases'> {
  /** What stands in the line of an evaluation beside its measures. */
  readonly mediaOf: (event: JournalEvent) => Promise<Media | null>
}

export class RunLines {
  readonly #source: EventSource
  readonly #runId: string
  readonly #options: RunLinesOptions
  readonly #lateSteps = new Set<number>()
  #media = new Map<number, Media>()
  #fold: LineFold | null = null
  #rewindCount = 0
  #lineCount = 0
  #summary = new Summary()
  #seq = 0

  constructor(source: EventSource, runId: string, options: RunLinesOptions) {
    this.#source = source
    this.#runId = runId
    this.#options = options
  }

  /** Of the lines that were given out since the run last went back. */
  get summary(): Summary {
    return this.#summary
  }

  /** Lines of the run as far as it was given out. */
  get lineCount(): number {
    return this.#lineCount
  }

  /** Number of the last event that was read. */
  get seq(): number {
    return this.#seq
  }

  /** Lines that are whole, of the next page; null: there are no more events. Where a run went back, all lines come again. */
  async next(): Promise<Line[] | null> {
    const events = await this.#source.events(this.#runId, this.#seq, PAGE_EVENTS)
    if (events.length === 0) return null
    if (this.#fold === null || events.some(({ type }) => type === 'rewound')) {
      const rewinds = await this.#source.rewinds(this.#runId)
      if (this.#fold === null || rewinds.length !== this.#rewindCount) {
        this.#begin(rewinds)
        if (events[0]!.seq > 1) return this.next()
      }
    }
    return this.#read(events)
  }

  /** Lines to which something may still be added: to be sent when nothing is to come. */
  rest(): Line[] {
    return this.#noted(this.#fold?.rest() ?? [])
  }

  async #read(events: readonly JournalEvent[]): Promise<Line[] | null> {
    for (const event of events) {
      const media = await this.#options.mediaOf(event)
      if (media !== null && 'step' in event) this.#media.set(event.step, { ...this.#media.get(event.step), ...media })
    }
    try {
      const lines = events.flatMap((event) => this.#fold!.take(event))
      this.#seq = events.at(-1)!.seq
      return this.#noted(lines)
    } catch (error) {
      if (!(error instanceof LateEvent)) throw error
      this.#lateSteps.add(error.step)
      this.#begin(await this.#source.rewinds(this.#runId))
      return this.next()
    }
  }

  #begin(rewinds: readonly Rewind[]): void {
    this.#media = new Map()
    this.#fold = new LineFold({ ...this.#options, media: this.#media }, rewinds, this.#lateSteps)
    this.#rewindCount = rewinds.length
    this.#summary = new Summary()
    this.#lineCount = 0
    this.#seq = 0
  }

  #noted(lines: Line[]): Line[] {
    for (const line of lines) {
      this.#summary.add(line)
      this.#lineCount = Math.max(this.#lineCount, line.number + 1)
    }
    return lines
  }
}
