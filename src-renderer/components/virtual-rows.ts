/** Which of many rows of one height are worth drawing, and where the keyboard leads among them. Distances in px. */

/** Rows drawn beyond what is seen, so that a quick turn of the wheel finds them there. */
const BEYOND = 8

export interface RowsView {
  readonly scrollTop: number
  /** Of the part in which rows are seen. */
  readonly viewHeight: number
  readonly rowHeight: number
  readonly count: number
}

export interface DrawnRows {
  /** From 0; `end` is the first that is not drawn. */
  readonly first: number
  readonly end: number
  /** What stands for the rows before and after them. */
  readonly above: number
  readonly below: number
}

export function drawnRows({ scrollTop, viewHeight, rowHeight, count }: RowsView): DrawnRows {
  const seen = Math.min(Math.floor(Math.max(0, scrollTop) / rowHeight), Math.max(0, count - 1))
  const first = Math.max(0, seen - BEYOND)
  const end = Math.min(count, seen + Math.ceil(viewHeight / rowHeight) + 1 + BEYOND)
  return { first, end, above: first * rowHeight, below: (count - end) * rowHeight }
}

/** The least move of the scroll bar after which a row is seen whole. */
export function scrollTopFor(row: number, { scrollTop, viewHeight, rowHeight }: RowsView): number {
  const top = row * rowHeight
  if (top < scrollTop) return top
  return Math.max(scrollTop, top + rowHeight - viewHeight)
}

/** Row that a key leads to from a row (-1: none yet); null for a key that leads nowhere. */
export function rowAfterKey(key: string, row: number, { viewHeight, rowHeight, count }: RowsView): number | null {
  const page = Math.max(1, Math.floor(viewHeight / rowHeight) - 1)
  const moves: Readonly<Record<string, number>> = {
    ArrowDown: row + 1,
    ArrowUp: row - 1,
    PageDown: row + page,
    PageUp: row - page,
    Home: 0,
    End: count - 1,
  }
  const next = moves[key]
  return next === undefined || count === 0 ? null : Math.min(count - 1, Math.max(0, next))
}
