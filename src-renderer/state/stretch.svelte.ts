import type { HistoryColumn } from '#contract/api'
import { workbench } from '../workbench.ts'
import { Columns } from './columns.ts'
import { Latest } from './latest.svelte.ts'

/** More than twice as many as any chart has pixels. */
const MOST_POINTS = 2000

interface Stretch {
  readonly first: number
  readonly last: number
  readonly columns: Columns
}

/** The finer points of a part of a run whose curves are gathered. */
export class ReadStretch {
  readonly #runId: string
  readonly #keys: readonly string[]
  readonly #answer = new Latest<Stretch>()

  constructor(runId: string, keys: readonly string[]) {
    this.#runId = runId
    this.#keys = keys
  }

  read(first: number, last: number): void {
    void this.#answer.ask(async () => {
      const read = await workbench.call('metrics.stretch', this.#runId, [...this.#keys], first, last, MOST_POINTS)
      return { first, last, columns: columnsOf(read) }
    })
  }

  /** null until that part is read. */
  columns(first: number, last: number): Columns | null {
    const { value } = this.#answer
    return value?.first === first && value.last === last ? value.columns : null
  }
}

function columnsOf(read: readonly HistoryColumn[]): Columns {
  const columns = new Columns()
  for (const column of read) columns.set(column)
  return columns
}
