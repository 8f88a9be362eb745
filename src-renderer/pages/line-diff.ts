/** Two texts side by side: which lines they share, and what stands in the place of what. */

export interface DiffRow {
  /** Line numbers from 1; null where the side has nothing. */
  readonly left: { readonly number: number; readonly text: string } | null
  readonly right: { readonly number: number; readonly text: string } | null
  readonly isSame: boolean
}

/**
 * As many lines as can be are shared, in their order (longest common subsequence); what differs between two shared ones stands side by side, line by line.
 * Takes time in proportion to the product of the lines between the first and the last that differ.
 */
export function lineDiff(before: string, after: string): DiffRow[] {
  const left = linesOf(before)
  const right = linesOf(after)
  let start = 0
  while (start < left.length && start < right.length && left[start] === right[start]) start++
  let ends = 0
  while (ends < left.length - start && ends < right.length - start && left.at(-1 - ends) === right.at(-1 - ends)) ends++
  const shared = sharedPairs(left.slice(start, left.length - ends), right.slice(start, right.length - ends))
  const pairs = [
    ...Array.from({ length: start }, (_, i) => [i, i] as const),
    ...shared.map(([i, j]) => [i + start, j + start] as const),
    ...Array.from({ length: ends }, (_, i) => [left.length - ends + i, right.length - ends + i] as const),
  ]
  return rowsOf(left, right, pairs)
}

function linesOf(text: string): string[] {
  const lines = text.split('\n')
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines
}

/** Places of the lines of a longest common subsequence. */
function sharedPairs(left: readonly string[], right: readonly string[]): (readonly [number, number])[] {
  const width = right.length + 1
  // longest[i * width + j]: lines that the rest of left from i on and of right from j on share.
  const longest = new Uint32Array((left.length + 1) * width)
  for (let i = left.length - 1; i >= 0; i--)
    for (let j = right.length - 1; j >= 0; j--) {
      const [skipLeft, skipRight] = [longest[(i + 1) * width + j]!, longest[i * width + j + 1]!]
      longest[i * width + j] = left[i] === right[j] ? longest[(i + 1) * width + j + 1]! + 1 : Math.max(skipLeft, skipRight)
    }
  const pairs: [number, number][] = []
  for (let i = 0, j = 0; i < left.length && j < right.length;) {
    if (left[i] === right[j]) pairs.push([i++, j++])
    else if (longest[(i + 1) * width + j]! >= longest[i * width + j + 1]!) i++
    else j++
  }
  return pairs
}

function rowsOf(left: readonly string[], right: readonly string[], pairs: readonly (readonly [number, number])[]): DiffRow[] {
  const at = (lines: readonly string[], i: number, end: number): DiffRow['left'] =>
    i < end ? { number: i + 1, text: lines[i]! } : null
  const rows: DiffRow[] = []
  let [i, j] = [0, 0]
  for (const [nextLeft, nextRight] of [...pairs, [left.length, right.length] as const]) {
    for (; i < nextLeft || j < nextRight; i++, j++) {
      rows.push({ left: at(left, i, nextLeft), right: at(right, j, nextRight), isSame: false })
    }
    ;[i, j] = [nextLeft, nextRight]
    if (i < left.length && j < right.length) rows.push({ left: at(left, i, i + 1), right: at(right, j, j + 1), isSame: true })
    i++
    j++
  }
  return rows
}
