/** What a run to come takes, in words. */
import type { MemoryReport } from '#contract/model-inspection'
import type { RunConfig } from '#contract/run-config'
import type { StepTime } from '#contract/step-time'
import { formatDuration } from '../../format/duration.ts'
import { counted, formatBytes } from '../../format/number.ts'
import { labelOf } from '../setting-labels.ts'

/** `2.39 GB of 21.3 GB that this computer can give now`; `23.1 GB of 138 GB that are free on NVIDIA H200`. */
export function memorySum({ totalBytes, availableBytes, fits, card }: MemoryReport): string {
  if (availableBytes === null) return `${formatBytes(totalBytes)}; how much is free on ${card} is not told`
  const where = card ? `that are free on ${card}` : 'that this computer can give now'
  const room = `${formatBytes(availableBytes)} ${where}`
  return fits ? `${formatBytes(totalBytes)} of ${room}` : `${formatBytes(totalBytes)}, more than the ${room}`
}

/** `About 6.1 s a step, 6 min for 60 steps without evaluations`. */
export function timeSum({ seconds }: StepTime, { steps }: Pick<RunConfig, 'steps'>): string {
  return `About ${formatDuration(seconds)} a step, ${formatDuration(seconds * steps)} for ${counted(steps, 'step')} without evaluations`
}

/** From what it was foretold, after the name of the run. */
export function timeSource({ measuredSeconds, completions, stepCount, differing }: StepTime): string {
  const measured = `took ${formatDuration(measuredSeconds)} for ${counted(completions, 'completion')}, the median of ${counted(stepCount, 'step')}`
  if (differing.length === 0) return `${measured}.`
  return `${measured}. It differs in ${differing.map(labelOf).join(', ')}.`
}
