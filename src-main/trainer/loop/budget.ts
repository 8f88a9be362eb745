/** What a run may use up: completions, tokens, seconds of training. Counted from the journal, so that a resumed run knows what it spent. */
import type { JournalEvent } from '#contract/journal'
import { BUDGET_KINDS, type Budget } from '#contract/run-config'

export type Spent = Readonly<Record<keyof Budget, number>>

type StepMetrics = Readonly<Record<string, number>>

/** Metric of a step -> what it takes of the budget. */
const PRICES: Readonly<Record<keyof Budget, readonly string[]>> = {
  rollouts: ['train/completions/count'],
  tokens: ['train/completions/tokens', 'train/supervised_tokens'],
  seconds: ['timing_s/step'],
}

const NOTHING: Spent = { rollouts: 0, tokens: 0, seconds: 0 }

/** By the steps up to `step`; one that was made again counts once. */
export function spentUntil(events: readonly JournalEvent[], step: number): Spent {
  const newest = new Map<number, StepMetrics>()
  for (const event of events) if (event.type === 'step.finished' && event.step <= step) newest.set(event.step, event.metrics)
  return [...newest.values()].reduce(spend, NOTHING)
}

export function spend(spent: Spent, metrics: StepMetrics): Spent {
  const plus = (kind: keyof Budget): number => spent[kind] + PRICES[kind].reduce((sum, key) => sum + (metrics[key] ?? 0), 0)
  return { rollouts: plus('rollouts'), tokens: plus('tokens'), seconds: plus('seconds') }
}

/** The bound that is reached; null while there is something left of each. */
export function usedUp(budget: Budget, spent: Spent): { readonly kind: keyof Budget; readonly limit: number } | null {
  for (const kind of BUDGET_KINDS) {
    const limit = budget[kind]
    if (limit !== null && spent[kind] >= limit) return { kind, limit }
  }
  return null
}
