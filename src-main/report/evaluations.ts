/** Evaluations of a run on validation tasks, as its journal has them. */
import type { JournalEvent } from '#contract/journal'
import type { ReportedRun } from './source.ts'

export type Evaluation = Extract<JournalEvent, { type: 'eval.finished' }>

/** One for each step, in their order: a step that was made again counts as it was last. */
export function evaluationsOf({ landmarks }: Pick<ReportedRun, 'landmarks'>): Evaluation[] {
  const byStep = new Map<number, Evaluation>()
  for (const event of landmarks) {
    if (event.type === 'eval.finished' && event.split === 'validation') byStep.set(event.step, event)
    if (event.type === 'rewound') for (const step of byStep.keys()) if (step > event.toStep) byStep.delete(step)
  }
  return [...byStep.values()].sort((a, b) => a.step - b.step)
}

export function lastEvaluation(run: Pick<ReportedRun, 'landmarks'>): Evaluation | null {
  return evaluationsOf(run).at(-1) ?? null
}
