/**
 * Journal events, as the store keeps them -> lines of a W&B history. A line's number is its step, so that whatever is made again falls on its own
 * place. Line 0 is the evaluation before the first step; a step's evaluations stand in the step's line; a number of which nothing was measured is
 * a line with its `_step` alone.
 */
import type { JournalEvent } from '#contract/journal'
import type { AliasSet } from '#contract/sync'
import { aliased } from './aliases.ts'

/** A number, or a file of the run that W&B shows (a table of completions). */
export type LineValue = number | Readonly<Record<string, string | number>>

export interface Line {
  readonly number: number
  /** `_step`, `_runtime` and `_timestamp` in seconds, then the metrics by name. A value that is not finite is left out: JSON has no word for it. */
  readonly values: Readonly<Record<string, LineValue>>
}

export interface LineOptions {
  /** When the run began, ms; `_runtime` counts from there. */
  readonly startMs: number
  /** Names of other systems that stand beside ours. */
  readonly aliases: readonly AliasSet[]
  /** Step -> key -> a file, beside what was measured. */
  readonly media: ReadonlyMap<number, Readonly<Record<string, LineValue>>>
}

/** One line of the file, without its end. The same values give the same bytes, whatever order they were measured in. */
export function lineText({ values }: Line): string {
  return JSON.stringify(values)
}

/** All lines of a run, in order. */
export function linesOf(events: readonly JournalEvent[], options: LineOptions): Line[] {
  const points = new Map<number, Point>()
  for (const event of lastingOf(events, rewindsIn(events))) {
    const point = pointOf(event)
    if (point !== null) points.set(point.step, merged(points.get(point.step), point))
  }
  const last = Math.max(-1, ...points.keys())
  return Array.from({ length: last + 1 }, (_, step) => lineOf(step, points.get(step), options))
}

/** A run went back to `toStep` by the event `seq`: what was measured before and after that step does not count. */
export interface Rewind {
  readonly seq: number
  readonly toStep: number
}

export function rewindsIn(events: readonly JournalEvent[]): Rewind[] {
  return events.flatMap((event) => (event.type === 'rewound' ? [{ seq: event.seq, toStep: event.toStep }] : []))
}

function lastingOf(events: readonly JournalEvent[], rewinds: readonly Rewind[]): JournalEvent[] {
  return events.filter((event) => !isUndone(event, rewinds))
}

function isUndone(event: JournalEvent, rewinds: readonly Rewind[]): boolean {
  return 'step' in event && rewinds.some(({ seq, toStep }) => seq > event.seq && event.step > toStep)
}

/** Something was measured of a step whose line had been given out; whoever reads begins again, knowing that step. */
export class LateEvent extends Error {
  readonly step: number

  constructor(step: number) {
    super(`step ${step} was measured late`)
    this.step = step
  }
}

/** The same lines, one event after the other: it holds what is open and nothing else, however long the run is. */
export class LineFold {
  readonly #options: LineOptions
  readonly #rewinds: readonly Rewind[]
  readonly #lateSteps: ReadonlySet<number>
  /** Points of `lateSteps`, which are given out last. */
  readonly #held = new Map<number, Point>()
  #open: Point | null = null
  #next = 0

  constructor(options: LineOptions, rewinds: readonly Rewind[], lateSteps: ReadonlySet<number> = new Set()) {
    this.#options = options
    this.#rewinds = rewinds
    this.#lateSteps = lateSteps
  }

  /** Lines that are whole by this event: those of the steps before its own. Throws LateEvent. */
  take(event: JournalEvent): Line[] {
    const point = isUndone(event, this.#rewinds) ? null : pointOf(event)
    if (point === null) return []
    if (this.#lateSteps.has(point.step)) this.#held.set(point.step, merged(this.#held.get(point.step), point))
    else if (point.step < this.#next || point.step < (this.#open?.step ?? 0)) throw new LateEvent(point.step)
    if (point.step === this.#open?.step) {
      this.#open = merged(this.#open, point)
      return []
    }
    if (point.step < this.#next) return []
    const closed = this.#close(point.step)
    this.#open = point
    return closed
  }

  /** The open line and those that were held back: whole where nothing more is to come. */
  rest(): Line[] {
    const open = this.#open === null ? [] : [...this.#blanks(this.#open.step), this.#line(this.#open.step, this.#open)]
    const held = [...this.#held].filter(([step]) => step !== this.#open?.step).map(([step, point]) => this.#line(step, point))
    return [...held, ...open].sort((a, b) => a.number - b.number)
  }

  #close(nextStep: number): Line[] {
    const open = this.#open
    const lines = open === null ? [] : [...this.#blanks(open.step), this.#line(open.step, open)]
    if (open !== null) this.#next = open.step + 1
    lines.push(...this.#blanks(nextStep))
    this.#next = nextStep
    return lines.filter(({ number }) => !this.#lateSteps.has(number))
  }

  #blanks(before: number): Line[] {
    const count = Math.max(0, before - this.#next)
    return Array.from({ length: count }, (_, i) => this.#line(this.#next + i, undefined))
  }

  #line(step: number, point: Point | undefined): Line {
    return lineOf(step, this.#held.get(step) ?? point, this.#options)
  }
}

/** A line of which nothing is left, e.g. of a step that a run took back and did not make again. */
export function blankLine(number: number): Line {
  return { number, values: { _step: number } }
}

/** What was measured of a step. */
interface Point {
  readonly step: number
  /** Of the first event of the step. */
  readonly timeMs: number
  readonly metrics: Readonly<Record<string, number>>
}

function pointOf(event: JournalEvent): Point | null {
  if (!('metrics' in event) || event.step < 0) return null
  return { step: event.step, timeMs: Date.parse(event.time), metrics: event.metrics }
}

function merged(earlier: Point | undefined, later: Point): Point {
  if (earlier === undefined) return later
  return { ...earlier, metrics: { ...earlier.metrics, ...later.metrics } }
}

function lineOf(step: number, point: Point | undefined, { startMs, aliases, media }: LineOptions): Line {
  if (point === undefined) return blankLine(step)
  const measured = { ...aliased(point.metrics, aliases), ...point.metrics, ...media.get(step) }
  const entries = Object.entries(measured)
    .filter(([key, value]) => !key.startsWith('_') && (typeof value !== 'number' || Number.isFinite(value)))
    .sort(([a], [b]) => (a < b ? -1 : 1))
  const clock = { _step: step, _runtime: Math.max(0, point.timeMs - startMs) / 1000, _timestamp: point.timeMs / 1000 }
  return { number: step, values: { ...clock, ...Object.fromEntries(entries) } }
}
