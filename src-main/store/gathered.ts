/** Points that stand for several steps each: the same ones in every column, so that what belongs together stays side by side. */
import type { HistoryColumn } from '#contract/api'

/**
 * Mean, least and greatest value of each stretch of stepsPerPoint steps (stretch k: steps k·n to k·n + n - 1); stretches without a value are left out.
 * rows: (step, value) in order of the step.
 */
export function gathered(rows: readonly (readonly [number, number])[], stepsPerPoint: number): Omit<HistoryColumn, 'key'> {
  if (stepsPerPoint <= 1) {
    return { steps: rows.map(([step]) => step), means: rows.map(([, value]) => value), lowest: null, highest: null }
  }
  const column = { steps: [] as number[], means: [] as number[], lowest: [] as number[], highest: [] as number[] }
  for (let start = 0; start < rows.length;) {
    const end = endOfStretch(rows, start, stepsPerPoint)
    let [sum, lowest, highest] = [0, Infinity, -Infinity]
    for (let i = start; i < end; i++) {
      const value = rows[i]![1]
      sum += value
      lowest = Math.min(lowest, value)
      highest = Math.max(highest, value)
    }
    column.steps.push(rows[end - 1]![0])
    column.means.push(sum / (end - start))
    column.lowest.push(lowest)
    column.highest.push(highest)
    start = end
  }
  return column
}

function endOfStretch(rows: readonly (readonly [number, number])[], start: number, stepsPerPoint: number): number {
  const stretch = Math.floor(rows[start]![0] / stepsPerPoint)
  let end = start + 1
  while (end < rows.length && Math.floor(rows[end]![0] / stepsPerPoint) === stretch) end++
  return end
}
