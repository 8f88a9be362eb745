import type { RunLog } from '#contract/run-log'
import { workbench } from '../workbench.ts'
import { Latest } from './latest.svelte.ts'

const PAUSE_MS = 1_500
const LINES = 500

/** The end of a trainer's log, read again as long as it is looked at. Close it when it is no longer shown. */
export class FollowedLog {
  readonly log = new Latest<RunLog>()
  readonly #runId: string
  readonly #timer: ReturnType<typeof setInterval>

  constructor(runId: string) {
    this.#runId = runId
    this.#timer = setInterval(() => this.#read(), PAUSE_MS)
    this.#read()
  }

  close(): void {
    clearInterval(this.#timer)
  }

  #read(): void {
    void this.log.ask(() => workbench.call('runs.log', this.#runId, LINES))
  }
}
