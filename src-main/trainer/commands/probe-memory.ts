/** Before the first step: the largest that a run asks for, so that what does not fit says so at once and not in step 120. */
import type { JournalEvent } from '#contract/journal'
import type { MemoryReport } from '#contract/model-inspection'
import type { RunConfig } from '#contract/run-config'
import type { Journal } from '../journal/journal.ts'
import { currentConfig } from './less-memory.ts'
import type { ReopenableEngine } from './reopenable-engine.ts'

export interface Probed {
  readonly config: RunConfig
  readonly journal: Journal
  readonly engine: ReopenableEngine
  /** The estimate of a run with these settings; null for engines that have none. */
  readonly report: (config: RunConfig) => MemoryReport | null
  /** Longest that the model takes. */
  readonly contextLength: number
}

/** Nothing for an engine without a probe. Throws Failure memory.exhausted. */
export async function probeMemory({ config, journal, engine, report, contextLength }: Probed): Promise<void> {
  if (wasProbed(journal.events)) return
  const estimate = report(currentConfig(config, journal.events))
  const { maxCompletionTokens } = config.sampling
  const promptTokens = Math.max(1, Math.min(estimate?.promptTokens ?? 1, contextLength - maxCompletionTokens))
  const found = await engine.probeLargest({
    promptTokens,
    completionTokens: Math.min(maxCompletionTokens, contextLength - promptTokens),
    prompts: config.promptsPerStep,
    groupSize: config.groupSize,
    entropyCoef: config.algorithm.entropyCoef,
  })
  if (found === null) return
  journal.append({ type: 'memory.probed', step: 0, ...found, estimatedBytes: ofEngine(estimate) })
}

/** Without the scorers, which are other processes. */
function ofEngine(report: MemoryReport | null): number | null {
  if (report === null) return null
  return report.totalBytes - (report.parts.find(({ term }) => term === 'scoring')?.bytes ?? 0)
}

/** With the microbatches as they are now; a run that has taken a step needs no proof. */
function wasProbed(events: readonly JournalEvent[]): boolean {
  const since = events.findLastIndex(({ type }) => type === 'microbatch.halved')
  return events.slice(since + 1).some(({ type }) => type === 'memory.probed' || type === 'step.finished')
}
