/** Metrics of one run as columns over steps. A step that is put twice replaces itself, so a re-read after a lost connection doubles nothing. */
export interface Column {
  /** Steps, ascending. */
  readonly x: readonly number[]
  readonly y: readonly number[]
}

const EMPTY: Column = { x: [], y: [] }

export class Columns {
  readonly #byKey = new Map<string, { x: number[]; y: number[] }>()

  keys(): string[] {
    return [...this.#byKey.keys()]
  }

  /** A copy as it is now; empty for an unknown key. A chart that holds it sees no later change. */
  column(key: string): Column {
    const column = this.#byKey.get(key)
    return column ? { x: column.x.slice(), y: column.y.slice() } : EMPTY
  }

  /** Newest value, or null. */
  last(key: string): number | null {
    return this.#byKey.get(key)?.y.at(-1) ?? null
  }

  put(key: string, step: number, value: number): void {
    let column = this.#byKey.get(key)
    if (!column) this.#byKey.set(key, (column = { x: [], y: [] }))
    const { x, y } = column
    // Nearly every point is the newest one; the search is for re-read and re-made steps.
    let at = x.length
    while (at > 0 && x[at - 1]! >= step) at--
    const isReplacement = x[at] === step
    x.splice(at, isReplacement ? 1 : 0, step)
    y.splice(at, isReplacement ? 1 : 0, value)
  }

  putAll(step: number, metrics: Readonly<Record<string, number>>): void {
    for (const [key, value] of Object.entries(metrics)) this.put(key, step, value)
  }

  /** Forgets everything after a step: the run was rewound to it. */
  rewind(toStep: number): void {
    for (const [key, { x, y }] of this.#byKey) {
      const length = x.findIndex((step) => step > toStep)
      if (length === -1) continue
      x.length = length
      y.length = length
      if (length === 0) this.#byKey.delete(key)
    }
  }
}

/** Value at the first step that has one. */
export function firstOf(column: Column): number | null {
  return column.y[0] ?? null
}

/** Mean of the last `count` values; null when there is none. */
export function meanOfLast(column: Column, count: number): number | null {
  const last = column.y.slice(-count)
  return last.length === 0 ? null : last.reduce((sum, value) => sum + value, 0) / last.length
}
