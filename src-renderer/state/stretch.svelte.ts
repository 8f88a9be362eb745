import type { HistoryColumn } from '#contract/api'
import { workbench } from '../workbench.ts'
import { Columns } from './columns.ts'
import { Latest } from './latest.svelte.ts'

/** Three times as many as a chart has pixels, for a stretch is read with its neighbourhood. */
const MOST_POINTS = 3000
/** What is read is as fine as it should be for a stretch that is not much narrower. */
const WIDEST = 4

interface Ends {
  readonly first: number
  readonly last: number
}

interface Stretch extends Ends {
  readonly columns: Columns
}

/** Has it all of a part, finely enough? */
export function serves(read: Ends, first: number, last: number): boolean {
  return read.first <= first && last <= read.last && read.last - read.first <= WIDEST * (last - first)
}

/** The finer points of a part of a run whose curves are gathered. */
export class ReadStretch {
  readonly #runId: string
  readonly #keys: readonly string[]
  readonly #answer = new Latest<Stretch>()
  #asked: Ends | null = null

  constructor(runId: string, keys: readonly string[]) {
    this.#runId = runId
    this.#keys = keys
  }

  /** Reads it, and as much again on both sides, so that it can be moved along meanwhile. What was asked for last serves as long as it has what is shown. */
  read(first: number, last: number): void {
    if (this.#asked !== null && serves(this.#asked, first, last)) return
    const width = last - first
    const asked = { first: Math.max(0, first - width), last: last + width }
    this.#asked = asked
    void this.#answer.ask(() => this.#read(asked))
  }

  async #read(asked: Ends): Promise<Stretch> {
    try {
      const { first, last } = asked
      const read = await workbench.call('metrics.stretch', this.#runId, [...this.#keys], first, last, MOST_POINTS)
      return { first, last, columns: columnsOf(read) }
    } catch (error) {
      // It is asked for again by the next look.
      if (this.#asked === asked) this.#asked = null
      throw error
    }
  }

  /** null until that part is read. */
  columns(first: number, last: number): Columns | null {
    const { value } = this.#answer
    return value !== null && serves(value, first, last) ? value.columns : null
  }
}

function columnsOf(read: readonly HistoryColumn[]): Columns {
  const columns = new Columns()
  for (const column of read) columns.set(column)
  return columns
}
