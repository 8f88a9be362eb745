/** What the probe before a run's first step found, in words. */
import type { JournalEvent } from './journal.ts'

export function probedText(event: Extract<JournalEvent, { type: 'memory.probed' }>): string {
  const { peakBytes, estimatedBytes, microbatchSeconds } = event
  const estimated = estimatedBytes === null ? '' : `, estimated ${gigabytes(estimatedBytes)}`
  return `${gigabytes(peakBytes)} at the most${estimated}; a microbatch of the longest sequences takes ${microbatchSeconds.toFixed(1)} s`
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`
}
