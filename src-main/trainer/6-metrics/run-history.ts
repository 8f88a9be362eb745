/** What of a journal the health rules look back on. Read from the events alone, so that a resumed run sees what an undisturbed one sees. */
import type { JournalEvent } from '#contract/journal'
import type { Metrics } from './step-metrics.ts'

/** Steps of reinforcement learning that later ones are compared with. */
export const FIRST_STEPS = 5
const KEPT_STEPS = 500
const KEPT_EVALUATIONS = 10

export interface StepPoint {
  readonly step: number
  readonly metrics: Readonly<Metrics>
  /** How often weights or judge had been changed before it: rewards of different numbers do not compare. */
  readonly rewardChange: number
}

export interface EvaluationPoint {
  readonly step: number
  readonly metrics: Readonly<Metrics>
}

/** Steps with rollouts only: a supervised one has neither rewards nor completions. In order, each once. */
export interface RunHistory {
  /** Up to FIRST_STEPS. */
  readonly first: readonly StepPoint[]
  /** The last up to KEPT_STEPS. */
  readonly steps: readonly StepPoint[]
  /** The last up to KEPT_EVALUATIONS. */
  readonly evaluations: readonly EvaluationPoint[]
}

export function historyOf(events: readonly JournalEvent[]): RunHistory {
  let steps: StepPoint[] = []
  let evaluations: EvaluationPoint[] = []
  let rewardChange = 0
  for (const event of events) {
    if (event.type === 'step.finished') {
      if ('train/reward' in event.metrics) steps.push({ step: event.step, metrics: event.metrics, rewardChange })
    } else if (event.type === 'eval.finished') {
      evaluations.push({ step: event.step, metrics: event.metrics })
    } else if (event.type === 'reward.changed' || event.type === 'judge.changed') {
      rewardChange++
    } else if (event.type === 'rewound') {
      steps = steps.filter(({ step }) => step <= event.toStep)
      evaluations = evaluations.filter(({ step }) => step <= event.toStep)
    }
  }
  return {
    first: steps.slice(0, FIRST_STEPS),
    steps: steps.slice(-KEPT_STEPS),
    evaluations: evaluations.slice(-KEPT_EVALUATIONS),
  }
}

/** As it was when its last-but-`back` step ended: the evaluation at that step came after. */
export function historyBefore(history: RunHistory, back: number): RunHistory {
  const steps = history.steps.slice(0, history.steps.length - back)
  const now = steps.at(-1)?.step ?? 0
  return {
    first: history.first.filter(({ step }) => step <= now),
    steps,
    evaluations: history.evaluations.filter(({ step }) => step < now),
  }
}

/** The last `count` steps; null where there are fewer. */
export function lastSteps({ steps }: RunHistory, count: number): readonly StepPoint[] | null {
  return steps.length < count ? null : steps.slice(-count)
}

/** Mean over the steps that have the metric; null where none has it. */
export function meanOver(points: readonly StepPoint[], key: string): number | null {
  const values = points.flatMap(({ metrics }) => metrics[key] ?? [])
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length
}
