/** The cycles around a first mismatch as rows of a waveform: inputs, and expected beside got. Points are halves of a cycle where a clock is. */
import type { Evidence } from '#contract/score'

export type Counterexample = NonNullable<Evidence['counterexample']>
type Trace = NonNullable<Counterexample['trace']>

export interface WaveRow {
  readonly port: string
  /** same: an output that is as expected in all of them. */
  readonly kind: 'input' | 'expected' | 'got' | 'same'
  /** One a point, in hexadecimal; `x`: no value. */
  readonly values: readonly string[]
  /** Points at which it is not what was expected. */
  readonly isWrong: readonly boolean[]
  /** It is drawn with its values, not as high and low. */
  readonly isBus: boolean
}

export interface Waveform {
  readonly rows: readonly WaveRow[]
  readonly pointsPerCycle: number
  readonly firstCycle: number
  readonly cycleCount: number
  /** The point of the first mismatch. */
  readonly mismatch: number
}

/** First the outputs that differ. */
export function waveformOf({ cycle }: Counterexample, trace: Trace): Waveform {
  const cycleCount = Math.max(...Object.values(trace.inputs).map((values) => values.length), 0)
  const points = Math.max(...Object.values(trace.expected).map((values) => values.length))
  const pointsPerCycle = cycleCount === 0 ? 1 : Math.round(points / cycleCount)
  const outputs = Object.keys(trace.expected).map((port) => outputRows(port, trace.expected[port]!, trace.actual[port] ?? []))
  const inputs = Object.entries(trace.inputs).map(([port, values]) =>
    row(
      port,
      'input',
      values.flatMap((value) => Array<string>(pointsPerCycle).fill(value)),
    ),
  )
  const wrong = outputs.filter((rows) => rows.length > 1)
  const start = (cycle - trace.firstCycle) * pointsPerCycle
  const first = Math.min(...wrong.map(([, got]) => got!.isWrong.indexOf(true, start)).filter((point) => point >= 0))
  return {
    rows: [...wrong.flat(), ...inputs, ...outputs.filter((rows) => rows.length === 1).flat()],
    pointsPerCycle,
    firstCycle: trace.firstCycle,
    cycleCount: Math.ceil(points / pointsPerCycle),
    mismatch: Number.isFinite(first) ? first : start,
  }
}

/** One row where they never differ; where the reference has no value, anything is right. */
function outputRows(port: string, expected: readonly string[], actual: readonly string[]): WaveRow[] {
  const isWrong = expected.map((value, i) => value !== 'x' && value !== actual[i])
  if (!isWrong.includes(true)) return [row(port, 'same', expected)]
  const isBus = [...expected, ...actual].some(isWide)
  return [
    { ...row(port, 'expected', expected), isBus },
    { ...row(port, 'got', actual), isWrong, isBus },
  ]
}

function row(port: string, kind: WaveRow['kind'], values: readonly string[]): WaveRow {
  return { port, kind, values, isWrong: values.map(() => false), isBus: values.some(isWide) }
}

function isWide(value: string): boolean {
  return !['0', '1', 'x'].includes(value)
}

/** Points beside each other with one value, and whether all of them are wrong or right. */
export interface Run {
  readonly start: number
  readonly end: number
  readonly value: string
  readonly isWrong: boolean
}

export function runsOf({ values, isWrong }: WaveRow): Run[] {
  const runs: Run[] = []
  values.forEach((value, i) => {
    const last = runs.at(-1)
    if (last?.value === value && last.isWrong === isWrong[i]) runs[runs.length - 1] = { ...last, end: i + 1 }
    else runs.push({ start: i, end: i + 1, value, isWrong: isWrong[i]! })
  })
  return runs
}

/** `cycle 7, after the clock's edge` */
export function pointWords({ firstCycle, pointsPerCycle }: Waveform, point: number): string {
  const cycle = `cycle ${firstCycle + Math.floor(point / pointsPerCycle)}`
  if (pointsPerCycle === 1) return cycle
  return `${cycle}, ${point % pointsPerCycle === 0 ? 'before' : 'after'} the clock’s edge`
}

/** `count expected 6, got 7; en 1` */
export function valueWords({ rows }: Waveform, point: number): string {
  return rows
    .map(({ port, kind, values }) => {
      const value = values[point] ?? '–'
      if (kind === 'expected') return `${port} expected ${value}`
      return kind === 'got' ? `got ${value}` : `${port} ${value}`
    })
    .join(', ')
}
