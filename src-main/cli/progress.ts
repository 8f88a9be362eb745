/** What a terminal knows of a run, gathered from its journal. */
import type { RunConfig } from '#contract/run-config'
import type { JournalEvent } from '#contract/journal'

export type Metrics = Readonly<Record<string, number>>
type StepFinished = Extract<JournalEvent, { type: 'step.finished' }>
export type EvaluationFinished = Extract<JournalEvent, { type: 'eval.finished' }>

/** Steps that the rates of the status line are averaged over. */
export const AVERAGED_STEPS = 10
/** Steps whose median time foretells the rest: one slow step does not move it. */
const TIMED_STEPS = 20

export class Progress {
  readonly steps: number
  readonly #every: number
  #recent: StepFinished[] = []
  #evaluations = new Map<number, EvaluationFinished>()
  #step = 0
  checkpointStep: number | null = null

  constructor(config: Pick<RunConfig, 'steps' | 'evaluation'>) {
    this.steps = config.steps
    this.#every = config.evaluation.every
  }

  take(event: JournalEvent): void {
    if (event.type === 'step.finished') {
      this.#step = event.step
      this.#recent = [...this.#recent, event].slice(-TIMED_STEPS)
    } else if (event.type === 'eval.finished') this.#evaluations.set(event.step, event)
    else if (event.type === 'checkpoint.saved') this.checkpointStep = event.step
    else if (event.type === 'rewound') this.#rewind(event.toStep)
  }

  /** Last finished step, 0 before the first. */
  get step(): number {
    return this.#step
  }

  /** In the order of their steps. */
  get evaluations(): EvaluationFinished[] {
    return [...this.#evaluations.values()].toSorted((a, b) => a.step - b.step)
  }

  get secondsPerStep(): number | undefined {
    return median(this.#recent.flatMap(({ metrics }) => metrics['timing_s/step'] ?? []))
  }

  /** Mean of a metric over the last ten steps; undefined before the first. */
  average(key: string): number | undefined {
    const values = this.#recent.slice(-AVERAGED_STEPS).flatMap(({ metrics }) => metrics[key] ?? [])
    return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0) / values.length
  }

  /** Steps and evaluations to come, by what the last ones took; undefined before two steps are known. */
  get secondsLeft(): number | undefined {
    const perStep = this.secondsPerStep
    if (perStep === undefined || this.#recent.length < 2) return undefined
    return (this.steps - this.#step) * perStep + this.#evaluationSecondsLeft()
  }

  /** The last evaluation is as large as the first, those between are small. */
  #evaluationSecondsLeft(): number {
    const known = this.evaluations
    const secondsOf = (event: EvaluationFinished | undefined): number => event?.metrics['timing_s/evaluation'] ?? 0
    const full = this.#evaluations.has(this.steps) ? 0 : secondsOf(known[0])
    if (this.#every === 0) return full
    const left = Math.floor((this.steps - 1) / this.#every) - Math.floor(this.#step / this.#every)
    return full + Math.max(0, left) * secondsOf(known.length > 1 ? known.at(-1) : undefined)
  }

  #rewind(toStep: number): void {
    this.#step = toStep
    this.#recent = this.#recent.filter(({ step }) => step <= toStep)
    this.#evaluations = new Map([...this.#evaluations].filter(([step]) => step <= toStep))
  }
}

function median(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : sorted.length === 0 ? undefined : (sorted[middle - 1]! + sorted[middle]!) / 2
}
