import type { TaskStep } from '#contract/same-task'

/** The last step before the one that is shown, else the first after it; in another run the newest. null where there is none. */
export function stepToCompare(steps: readonly TaskStep[], shown: number | null): number | null {
  if (shown === null) return steps[0]?.step ?? null
  const before = steps.find(({ step }) => step < shown)
  return (before ?? steps.findLast(({ step }) => step > shown))?.step ?? null
}
