/** What the journal of a run says, gathered event by event; each event counts once, whatever arrives twice. */
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

  constructor(reward: RewardProfile) {
    this.reward = reward
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
    switch (event.type) {
      case 'step.finished':
        this.step = event.step
        this.columns.putAll(event.step, event.metrics)
        return
      case 'eval.finished':
        this.columns.putAll(event.step, event.metrics)
        break
      case 'system.sampled':
        this.columns.putAll(event.step, event.metrics)
        return
      case 'rewound':
        this.step = event.toStep
        this.columns.rewind(event.toStep)
        break
      case 'reward.changed':
        this.reward = event.profile
        break
      case 'control.applied':
        return
    }
    this.landmarks.push(event)
  }
}
