/** What goes into the store and comes out of it. */
import type { RolloutEntry, RunSummary } from '#contract/api'
import type { JournalEvent } from '#contract/journal'
import type { RewardProfile } from '#contract/reward-profile'
import type { RunConfig } from '#contract/run-config'

export interface NewRun {
  readonly id: string
  readonly config: RunConfig
  /** ISO-UTC */
  readonly createdAt: string
}

/** Whole lines of a journal, in order, and where they end in the file. */
export interface JournalPart {
  readonly events: readonly JournalEvent[]
  readonly endByte: number
  /** Rollouts of the step.finished events among them. */
  readonly rollouts: readonly RolloutRow[]
}

/** Index entry of a rollout, and where its record stands. */
export interface RolloutRow extends RolloutEntry {
  /** Name in the run directory. */
  readonly file: string
  /** Bytes. */
  readonly offset: number
  readonly length: number
}

/** A task as a run drew it last in training. */
export interface DrawnTask {
  readonly taskId: string
  readonly family: string
  /** Share of the completions whose functional score passed; null where none has one. */
  readonly passed: number | null
  /** Mean over the completions that take part; null where none does. */
  readonly reward: number | null
}

/** What the journal says last: nothing yet, at work, paused, asked to stop, or how it ended. */
export type JournalState = '' | 'started' | 'paused' | 'stopping' | 'finished' | 'stopped' | 'failed' | 'out-of-memory'

export interface StoredRun {
  readonly id: string
  readonly config: RunConfig
  readonly createdAt: string
  readonly updatedAt: string
  readonly startedAt: string | null
  readonly endedAt: string | null
  readonly state: JournalState
  readonly step: number
  readonly reason: string | null
  readonly remedy: string | null
  /** The profile that weighs now. */
  readonly reward: RewardProfile
  /** Bytes of the journal that are in the store, and the number of the last event among them. */
  readonly journalBytes: number
  readonly lastSeq: number
}

/** Numbers of a run's row in a list. */
export interface RunFigures {
  readonly secondsPerStep: number | null
  readonly functionalRate: readonly number[]
  readonly latest: Readonly<Record<string, number>>
  readonly evaluated: RunSummary['evaluated']
}
