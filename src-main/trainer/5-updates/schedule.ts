/** Step size over a run. */
import type { RunConfig } from '#contract/run-config'

/** Learning rate of a step (from 1): linear warm-up, then constant or a linear fall to the final share at the last step. */
export function learningRateAt(optimizer: RunConfig['optimizer'], base: number, step: number, steps: number): number {
  const { schedule, finalLearningRateShare, warmupSteps } = optimizer
  if (step <= warmupSteps) return (base * step) / warmupSteps
  if (schedule === 'constant') return base
  const progress = (step - 1 - warmupSteps) / Math.max(1, steps - 1 - warmupSteps)
  return base * (1 - (1 - finalLearningRateShare) * Math.min(1, progress))
}
