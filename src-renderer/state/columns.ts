/** Metrics of one run as columns over steps. A step that is put twice replaces itself, so a re-read after a lost connection doubles nothing. */
import type { HistoryColumn } from '#contract/api'

export interface Column {
  /** Steps, ascending. */
  readonly x: readonly number[]
  readonly y: readonly number[]
  /** Where a point gathers several steps, y is their mean and these are their least and greatest value. */
  readonly lowest?: readonly number[]
  readonly highest?: readonly number[]
}

interface GrowingColumn {
  x: number[]
  y: number[]
  lowest?: number[]
  highest?: number[]
}

const EMPTY: Column = { x: [], y: [] }

export class Columns {
  readonly #byKey = new Map<string, GrowingColumn>()

  keys(): string[] {
    return [...this.#byKey.keys()]
  }

  /** A copy as it is now; empty for an unknown key. A chart that holds it sees no later change. */
  column(key: string): Column {
    const column = this.#byKey.get(key)
    if (!column) return EMPTY
    const { x, y, lowest, highest } = column
    return { x: x.slice(), y: y.slice(), ...(lowest && highest && { lowest: lowest.slice(), highest: highest.slice() }) }
  }

  /** Newest value, or null. */
  last(key: string): number | null {
    return this.#byKey.get(key)?.y.at(-1) ?? null
  }

  /** Takes a whole column as it was stored. */
  set({ key, steps, means, lowest, highest }: HistoryColumn): void {
    if (steps.length === 0) return
    const ends = lowest && highest && { lowest: [...lowest], highest: [...highest] }
    this.#byKey.set(key, { x: [...steps], y: [...means], ...ends })
  }

  put(key: string, step: number, value: number): void {
    let column = this.#byKey.get(key)
    if (!column) this.#byKey.set(key, (column = { x: [], y: [] }))
    const { x, y, lowest, highest } = column
    // Nearly every point is the newest one; the search is for re-read and re-made steps.
    let at = x.length
    while (at > 0 && x[at - 1]! >= step) at--
    const replaced = x[at] === step ? 1 : 0
    x.splice(at, replaced, step)
    for (const values of [y, lowest, highest]) values?.splice(at, replaced, value)
  }

  putAll(step: number, metrics: Readonly<Record<string, number>>): void {
    for (const [key, value] of Object.entries(metrics)) this.put(key, step, value)
  }

  /** Forgets everything after a step: the run was rewound to it. */
  rewind(toStep: number): void {
    for (const [key, column] of this.#byKey) {
      const length = column.x.findIndex((step) => step > toStep)
      if (length === -1) continue
      for (const values of [column.x, column.y, column.lowest, column.highest]) if (values) values.length = length
      if (length === 0) this.#byKey.delete(key)
    }
  }
}

/** Mean of the first `count` values; null when there is none. */
export function meanOfFirst(column: Column, count: number): number | null {
  return mean(column.y.slice(0, count))
}

/** Mean of the last `count` values; null when there is none. */
export function meanOfLast(column: Column, count: number): number | null {
  return mean(column.y.slice(-count))
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length
}
