/** Steps of a run with completions of a kind, looked for in bounds so that a long run holds up nobody. */
import { COMPONENTS, type Component } from '#contract/components'
import { kindsInStep, type FoundRollouts, type RolloutKind, type RolloutSigns } from '#contract/rollout-kinds'
import type { Outcome } from '#contract/score'
import type { RolloutRow } from './records.ts'

export interface SearchBounds {
  /** The search ends with the step in which so many rows were read, or so many steps found. */
  readonly rows: number
  readonly steps: number
}

const BOUNDS: SearchBounds = { rows: 20_000, steps: 60 }

/** rows: newest step first, a step's rows together. */
export function findInSteps(rows: Iterable<RolloutRow>, kind: RolloutKind, bounds = BOUNDS): FoundRollouts {
  const steps: { step: number; count: number; of: number }[] = []
  let read = 0
  for (const { step, rollouts } of byStep(rows)) {
    // Only here is it known that there is an older step.
    if (read >= bounds.rows || steps.length >= bounds.steps) return { steps, before: step + 1 }
    const count = kindsInStep(rollouts).filter((kinds) => kinds.includes(kind)).length
    if (count > 0) steps.push({ step, count, of: rollouts.length })
    read += rollouts.length
  }
  return { steps, before: null }
}

interface StepPart {
  readonly step: number
  readonly rollouts: RolloutSigns[]
}

function* byStep(rows: Iterable<RolloutRow>): Generator<StepPart> {
  let part: StepPart = { step: -1, rollouts: [] }
  for (const row of rows) {
    if (row.step !== part.step) {
      if (part.rollouts.length > 0) yield part
      part = { step: row.step, rollouts: [] }
    }
    part.rollouts.push(signsOf(row))
  }
  if (part.rollouts.length > 0) yield part
}

function signsOf({ reward, isTruncated, scores }: RolloutRow): RolloutSigns {
  const outcomes = Object.fromEntries(COMPONENTS.map((component) => [component, scores[component]?.outcome ?? 'unscored']))
  return { reward, isTruncated, outcomes: outcomes as Record<Component, Outcome | 'unscored'> }
}
