import type { RunActivity } from '#contract/run-activity'
import { workbench } from '../workbench.ts'
import { Latest } from './latest.svelte.ts'

const PAUSE_MS = 1_500

/** What the trainer of a run does, asked again as long as it is looked at. Close it when it is no longer shown. */
export class FollowedActivity {
  readonly #latest = new Latest<RunActivity | null>()
  readonly #runId: string
  readonly #timer: ReturnType<typeof setInterval>

  constructor(runId: string) {
    this.#runId = runId
    this.#timer = setInterval(() => this.#read(), PAUSE_MS)
    this.#read()
  }

  get value(): RunActivity | null {
    return this.#latest.value
  }

  close(): void {
    clearInterval(this.#timer)
  }

  #read(): void {
    void this.#latest.ask(() => workbench.call('runs.activity', this.#runId))
  }
}
