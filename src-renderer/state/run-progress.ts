/** What the journal of a run says, gathered event by event; each event counts once, whatever arrives twice. */
import type { RunHistory } from '#contract/api'
import type { JournalEvent } from '#contract/journal'
import type { RewardProfile } from '#contract/reward-profile'
import { Columns } from './columns.ts'

/** What a screen shows of it: a new object after each change. */
export interface RunView {
  readonly step: number
  readonly reward: RewardProfile
  readonly columns: Columns
  readonly landmarks: readonly JournalEvent[]
}

export class RunProgress {
  readonly columns = new Columns()
  readonly landmarks: JournalEvent[] = []
  reward: RewardProfile
  step = 0
  /** Number of the newest event that was taken. */
  lastSeq = 0
  /** Steps that were taken one by one since the history was read. */
  freshSteps = 0

  constructor(reward: RewardProfile) {
    this.reward = reward
  }

  /**
   * A run as it was stored. `newest`: its newest events without a gap, some of them known to the history: they give the last steps one by one where
   * the history has gathered them.
   */
  static of(reward: RewardProfile, history: RunHistory, newest: readonly JournalEvent[]): RunProgress {
    const progress = new RunProgress(reward)
    for (const event of history.landmarks) progress.#take(event)
    for (const column of history.columns) progress.columns.set(column)
    progress.step = history.step
    for (const event of newest) if (event.seq <= history.lastSeq) progress.#draw(event)
    progress.lastSeq = history.lastSeq
    progress.take(newest)
    return progress
  }

  /** Takes new events, in the order of their numbers; known ones are passed over. True if anything was new. */
  take(events: readonly JournalEvent[]): boolean {
    let isNew = false
    for (const event of events) {
      if (event.seq <= this.lastSeq) continue
      this.lastSeq = event.seq
      this.#take(event)
      isNew = true
    }
    return isNew
  }

  view(): RunView {
    return { step: this.step, reward: this.reward, columns: this.columns, landmarks: this.landmarks.slice() }
  }

  #take(event: JournalEvent): void {
    this.#draw(event)
    switch (event.type) {
      case 'step.finished':
        this.step = event.step
        this.freshSteps++
        return
      case 'rewound':
        this.step = event.toStep
        break
      case 'reward.changed':
        this.reward = event.profile
        break
      case 'control.applied':
        return
    }
    this.landmarks.push(event)
  }

  /** What an event does to the curves. */
  #draw(event: JournalEvent): void {
    if (event.type === 'rewound') this.columns.rewind(event.toStep)
    if ('metrics' in event) this.columns.putAll(event.step, event.metrics)
  }
}
