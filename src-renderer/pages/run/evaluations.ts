/** The evaluations on validation tasks that a run's journal stands by. */
import type { JournalEvent } from '#contract/journal'

export interface EvaluationMark {
  readonly step: number
  /** null where nothing was scored. */
  readonly passAt1: number | null
}

/** In order of their steps; those of steps that the run went back on are forgotten. */
export function evaluationsOf(events: readonly JournalEvent[]): EvaluationMark[] {
  const byStep = new Map<number, EvaluationMark>()
  for (const event of events) {
    if (event.type === 'rewound') for (const step of byStep.keys()) if (step > event.toStep) byStep.delete(step)
    if (event.type !== 'eval.finished' || event.split !== 'validation') continue
    byStep.set(event.step, { step: event.step, passAt1: event.metrics['eval/pass@1'] ?? null })
  }
  return [...byStep.values()].sort((a, b) => a.step - b.step)
}
