/** What a person asked of a running trainer: pause, continue, stop, checkpoint, another reward. */
import type { ControlCommand } from '#contract/control'
import type { RewardProfile } from '#contract/reward-profile'
import { ControlReader } from '../journal/control-reader.ts'
import type { Journal } from '../journal/journal.ts'

const POLL_MS = 500

/** Thrown between micro-steps when the run was asked to stop; the loop turns it into an end. */
export class StopRequested extends Error {}

export class RunControl {
  reward: RewardProfile
  /** Raised once; generation ends early by it. */
  readonly stop = new AbortController()
  isCheckpointDue = false
  step = 0
  #isPaused = false
  readonly #reader: ControlReader
  readonly #journal: Journal
  readonly #timer: NodeJS.Timeout
  #onChange: () => void = () => {}

  constructor(file: string, journal: Journal, reward: RewardProfile, startedAt: Date) {
    const applied = journal.earlier.flatMap((event) => (event.type === 'control.applied' ? [event.id] : []))
    this.#reader = new ControlReader(file, startedAt, applied)
    this.#journal = journal
    this.reward = reward
    this.#timer = setInterval(() => this.poll(), POLL_MS)
  }

  get isPaused(): boolean {
    return this.#isPaused
  }

  poll(): void {
    for (const command of this.#reader.take()) this.#apply(command)
  }

  /** As the pause command, and with a checkpoint: whoever looks at the run may want to go on from there with other settings. */
  pauseFor(alerts: readonly string[]): void {
    if (!this.#isPaused) this.#journal.append({ type: 'run.paused', step: this.step, alerts: [...alerts] })
    this.#isPaused = true
    this.isCheckpointDue = true
  }

  requestStop(): void {
    this.stop.abort()
    this.#onChange()
  }

  /** Waits while the run is paused. Throws StopRequested when it was asked to stop. */
  async gate(): Promise<void> {
    this.poll()
    while (this.#isPaused && !this.stop.signal.aborted) await new Promise<void>((resolve) => (this.#onChange = resolve))
    if (this.stop.signal.aborted) throw new StopRequested()
  }

  close(): void {
    clearInterval(this.#timer)
  }

  #apply(command: ControlCommand): void {
    this.#journal.append({ type: 'control.applied', step: this.step, id: command.id, command: command.command })
    switch (command.command) {
      case 'pause':
        if (!this.#isPaused) this.#journal.append({ type: 'run.paused', step: this.step })
        this.#isPaused = true
        break
      case 'continue':
        if (this.#isPaused) this.#journal.append({ type: 'run.continued', step: this.step })
        this.#isPaused = false
        break
      case 'stop':
        this.stop.abort()
        break
      case 'checkpoint':
        this.isCheckpointDue = true
        break
      case 'set-reward':
        this.reward = command.argument
        this.#journal.append({ type: 'reward.changed', step: this.step, profile: command.argument })
        break
    }
    this.#onChange()
  }
}
