import type { HistoryColumn } from '#contract/api'
import { workbench } from '../workbench.ts'
import { Columns } from './columns.ts'
import { Latest } from './latest.svelte.ts'

/** A stretch is read with its neighbourhood, so with three times the points that are seen. */
export const NEIGHBOURHOOD = 3
/** As many as a wide chart has pixels. */
const MOST_POINTS = 1000 * NEIGHBOURHOOD
/** What is read is as fine as it should be for a stretch that is not much narrower. */
const WIDEST = 4

interface Ends {
  readonly first: number
  readonly last: number
}

interface Stretch<T> extends Ends {
  readonly found: T
}

/** Has it all of a part, finely enough? */
export function serves(read: Ends, first: number, last: number): boolean {
  return read.first <= first && last <= read.last && read.last - read.first <= WIDEST * (last - first)
}

/** The finer points of a part of curves that are gathered. */
export class ReadStretch<T> {
  readonly #readPart: (first: number, last: number) => Promise<T>
  readonly #answer = new Latest<Stretch<T>>()
  #asked: (Ends & { readonly version: string }) | null = null

  constructor(readPart: (first: number, last: number) => Promise<T>) {
    this.#readPart = readPart
  }

  /**
   * Reads it, and as much again on both sides, so that it can be moved along meanwhile. What was asked for last serves as long as it has what is shown, and
   * the curves are still of the same version.
   */
  read(first: number, last: number, version = ''): void {
    if (this.#asked !== null && this.#asked.version === version && serves(this.#asked, first, last)) return
    const width = last - first
    const asked = { first: Math.max(0, first - width), last: last + width, version }
    this.#asked = asked
    void this.#answer.ask(() => this.#read(asked))
  }

  async #read(asked: Ends): Promise<Stretch<T>> {
    try {
      return { first: asked.first, last: asked.last, found: await this.#readPart(asked.first, asked.last) }
    } catch (error) {
      // It is asked for again by the next look.
      if (this.#asked === asked) this.#asked = null
      throw error
    }
  }

  /** null until that part is read. */
  part(first: number, last: number): T | null {
    const { value } = this.#answer
    return value !== null && serves(value, first, last) ? value.found : null
  }
}

export function stretchOfRun(runId: string, keys: readonly string[]): ReadStretch<Columns> {
  return new ReadStretch(async (first, last) =>
    columnsOf(await workbench.call('metrics.stretch', runId, [...keys], first, last, MOST_POINTS)),
  )
}

function columnsOf(read: readonly HistoryColumn[]): Columns {
  const columns = new Columns()
  for (const column of read) columns.set(column)
  return columns
}
