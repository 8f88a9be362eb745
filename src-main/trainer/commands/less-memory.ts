/**
 * Out of memory: once a run goes on with half the microbatch; the second time it ends, and says what it would need. A probe is there to find out what
 * fits: it halves for as long as there is something to halve, and takes nothing from what the run may do later.
 */
import { Failure } from '#contract/failure'
import type { JournalEvent } from '#contract/journal'
import type { MemoryReport } from '#contract/model-inspection'
import type { RunConfig } from '#contract/run-config'
import { namedCheckpoints } from '../checkpoint/checkpoint.ts'
import type { Journal } from '../journal/journal.ts'
import type { ReopenableEngine } from './reopenable-engine.ts'
import { estimateSentence } from './run-memory.ts'

/** The settings as they hold now: a run that was halved stays halved when it is resumed. */
export function currentConfig(config: RunConfig, events: readonly JournalEvent[]): RunConfig {
  const halved = events.findLast((event) => event.type === 'microbatch.halved')
  return halved === undefined ? config : { ...config, microbatchSize: Math.min(config.microbatchSize, halved.to) }
}

export interface Shortage {
  readonly directory: string
  readonly config: RunConfig
  readonly journal: Journal
  readonly engine: ReopenableEngine
  /** Step under way. */
  readonly step: number
  /** The estimate of a run with these settings; null for engines that have none. */
  readonly report: (config: RunConfig) => MemoryReport | null
}

/** Throws Failure memory.exhausted-again, and what opening the engine throws. */
export async function goOnWithLess(shortage: Shortage, failure: Failure): Promise<void> {
  const { directory, journal, engine, step } = shortage
  const config = currentConfig(shortage.config, journal.events)
  const from = microbatchAtWork(config)
  const isInProbe = failure.facts.isInProbe === 1
  const wasHalved = journal.events.some((event) => event.type === 'microbatch.halved' && event.isInProbe !== true)
  if ((wasHalved && !isInProbe) || from < 2) {
    // What it holds would count against what the computer has to give.
    await engine.close()
    throw endOf(failure, from, shortage.report(config))
  }
  const to = Math.floor(from / 2)
  const toStep = namedCheckpoints(directory, journal.events).at(-1)?.step ?? 0
  const evidence = `${failure.message} It goes on after step ${toStep} with microbatches of ${to} instead of ${from}. ${effectOf(config)}`
  journal.append({ type: 'microbatch.halved', step, toStep, from, to, ...(isInProbe && { isInProbe }), evidence })
  console.error(evidence)
  await engine.reopen(to)
}

/** No microbatch is larger than what it is cut from. */
function microbatchAtWork({ microbatchSize, minibatchSize, promptsPerStep, groupSize }: RunConfig): number {
  return Math.min(microbatchSize, minibatchSize, promptsPerStep * groupSize)
}

function effectOf({ algorithm }: RunConfig): string {
  return algorithm.name === 'grpo' && algorithm.lossType === 'bnpo'
    ? 'Under bnpo the tokens of a microbatch share a mean: the loss is another one from here on.'
    : 'It is the same training, more slowly; sums of gradients differ in their seventh digit from those of the larger microbatches.'
}

const WITHOUT_SHORTAGE = 'Close other programs, or lower microbatchSize in the run’s config.json, then resume the run.'

function endOf({ facts }: Failure, size: number, report: MemoryReport | null): Failure {
  const remedy = report?.remedy ?? null
  return new Failure('memory.exhausted-again', {
    where: facts.where ?? 'a call',
    size,
    estimate: report === null ? '' : estimateSentence(report),
    remedy: remedy === null ? WITHOUT_SHORTAGE : `${remedy.sentence} Then start the run again.`,
  })
}
