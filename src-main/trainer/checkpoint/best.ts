/** Which checkpoint of a run is its best: by pass@1 on the validation tasks alone. Nothing else may choose one: test tasks are not looked at. */
import type { JournalEvent } from '#contract/journal'

/**
 * The checkpoint at whose step validation pass@1 was highest; of equal ones the earlier. null where none was evaluated.
 * The last evaluation of a step counts, and none that was rewound.
 */
export function bestCheckpoint<C extends { readonly step: number }>(
  checkpoints: readonly C[],
  events: readonly JournalEvent[],
): C | null {
  const passAt = validationPass(events)
  let best: C | null = null
  for (const checkpoint of checkpoints.toSorted((a, b) => a.step - b.step)) {
    const pass = passAt.get(checkpoint.step)
    if (pass === undefined) continue
    if (best === null || pass > passAt.get(best.step)!) best = checkpoint
  }
  return best
}

/** The step at which validation pass@1 was highest, the first of equals; null before any evaluation. */
export function bestStep(events: readonly JournalEvent[]): number | null {
  const steps = [...validationPass(events).keys()].map((step) => ({ step }))
  return bestCheckpoint(steps, events)?.step ?? null
}

/** Step -> pass@1. */
export function validationPass(events: readonly JournalEvent[]): Map<number, number> {
  const passAt = new Map<number, number>()
  for (const event of events) {
    if (event.type === 'rewound') {
      for (const step of passAt.keys()) if (step > event.toStep) passAt.delete(step)
    }
    const pass = event.type === 'eval.finished' && event.split === 'validation' ? event.metrics['eval/pass@1'] : undefined
    if (event.type === 'eval.finished' && pass !== undefined) passAt.set(event.step, pass)
  }
  return passAt
}
