/** Points of a curve as two columns of numbers, and how they are thinned and gathered. */
import type { HistoryColumn } from '#contract/api'

/** Steps ascending, each once. */
export interface Points {
  readonly steps: Int32Array
  readonly values: Float64Array
}

/** Some points of a curve, gathered. */
export interface Stretch {
  /** The last one's. */
  readonly step: number
  readonly total: number
  readonly count: number
  readonly least: number
  readonly greatest: number
}

export function pointsOf(entries: Iterable<readonly [step: number, value: number]>): Points {
  const sorted = [...entries].sort(([a], [b]) => a - b)
  return { steps: Int32Array.from(sorted, ([step]) => step), values: Float64Array.from(sorted, ([, value]) => value) }
}

/** One after the other where they do not overlap; where they do, a point of `later` stands for one of `earlier` at its step. */
export function joined(earlier: Points, later: Points): Points {
  if (later.steps.length === 0) return earlier
  if (earlier.steps.length === 0) return later
  if (earlier.steps.at(-1)! < later.steps[0]!) {
    const length = earlier.steps.length + later.steps.length
    const [steps, values] = [new Int32Array(length), new Float64Array(length)]
    steps.set(earlier.steps)
    steps.set(later.steps, earlier.steps.length)
    values.set(earlier.values)
    values.set(later.values, earlier.values.length)
    return { steps, values }
  }
  return pointsOf(new Map([...entriesOf(earlier), ...entriesOf(later)]))
}

/** Those of the steps `first` to `last`. */
export function between({ steps, values }: Points, first: number, last: number): Points {
  const start = steps.findIndex((step) => step >= first)
  const after = steps.findIndex((step) => step > last)
  if (start === -1) return pointsOf([])
  const end = after === -1 ? steps.length : after
  return { steps: steps.subarray(start, end), values: values.subarray(start, end) }
}

export function* entriesOf({ steps, values }: Points): Generator<[step: number, value: number]> {
  for (let i = 0; i < steps.length; i++) yield [steps[i]!, values[i]!]
}

/**
 * About maxPoints of the points: the first, the last, and of each stretch between them the lowest and the highest, so that no peak is lost.
 */
export function thinned({ steps, values }: Points, maxPoints: number): Points {
  if (steps.length <= maxPoints) return { steps, values }
  const stretches = Math.max(1, Math.floor((maxPoints - 2) / 2))
  const inner = steps.length - 2
  const kept = [0]
  for (let stretch = 0; stretch < stretches; stretch++) {
    const first = 1 + Math.floor((stretch * inner) / stretches)
    const end = 1 + Math.floor(((stretch + 1) * inner) / stretches)
    if (first < end) kept.push(...extremesOf(values, first, end))
  }
  kept.push(steps.length - 1)
  return { steps: Int32Array.from(kept, (i) => steps[i]!), values: Float64Array.from(kept, (i) => values[i]!) }
}

/** Places of the lowest and the highest value in [first, end), in order; one where all are equal. */
function extremesOf(values: Float64Array, first: number, end: number): number[] {
  let [low, high] = [first, first]
  for (let i = first; i < end; i++) {
    if (values[i]! < values[low]!) low = i
    if (values[i]! > values[high]!) high = i
  }
  if (low === high) return [low]
  return [Math.min(low, high), Math.max(low, high)]
}

/**
 * Mean, least and greatest value of each stretch of stepsPerPoint steps (stretch k: steps k·n to k·n + n - 1); stretches without a value are left out.
 * They are the same ones in every column, so that what belongs together stays side by side.
 */
export function gathered({ steps, values }: Points, stepsPerPoint: number): Omit<HistoryColumn, 'key'> {
  if (stepsPerPoint <= 1) return { steps: Array.from(steps), means: Array.from(values), lowest: null, highest: null }
  const column = new GatheredColumn(stepsPerPoint)
  for (let i = 0; i < steps.length; i++) column.add(steps[i]!, values[i]!, 1, values[i]!, values[i]!)
  return column.whole()
}

/** The same of what is gathered already, in order; none may reach over the end of a new stretch. */
export function gatheredStretches(stretches: readonly Stretch[], stepsPerPoint: number): Omit<HistoryColumn, 'key'> {
  const column = new GatheredColumn(stepsPerPoint)
  for (const { step, total, count, least, greatest } of stretches) column.add(step, total, count, least, greatest)
  return column.whole()
}

class GatheredColumn {
  readonly #stepsPerPoint: number
  readonly #column = { steps: [] as number[], means: [] as number[], lowest: [] as number[], highest: [] as number[] }
  #stretch = -1
  #open = { step: 0, total: 0, count: 0, least: Infinity, greatest: -Infinity }

  constructor(stepsPerPoint: number) {
    this.#stepsPerPoint = stepsPerPoint
  }

  add(step: number, total: number, count: number, least: number, greatest: number): void {
    const stretch = Math.floor(step / this.#stepsPerPoint)
    if (stretch !== this.#stretch) this.#close()
    this.#stretch = stretch
    const open = this.#open
    open.step = step
    open.total += total
    open.count += count
    if (least < open.least) open.least = least
    if (greatest > open.greatest) open.greatest = greatest
  }

  whole(): Omit<HistoryColumn, 'key'> {
    this.#close()
    return this.#column
  }

  #close(): void {
    const { step, total, count, least, greatest } = this.#open
    if (count === 0) return
    this.#column.steps.push(step)
    this.#column.means.push(total / count)
    this.#column.lowest.push(least)
    this.#column.highest.push(greatest)
    this.#open = { step: 0, total: 0, count: 0, least: Infinity, greatest: -Infinity }
  }
}
