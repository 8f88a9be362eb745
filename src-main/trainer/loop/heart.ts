/** Says once a second that the trainer lives, and what it does. */
import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Heartbeat } from '#contract/heartbeat'
import { RUN_FILES } from '#contract/run-directory'
import type { RunControl } from './run-control.ts'
import type { Stopwatch } from './stopwatch.ts'

const BEAT_MS = 1_000

export class Heart {
  /** What the machine tells of this moment. */
  metrics: () => Readonly<Record<string, number>> = () => ({})
  readonly #file: string
  readonly #control: Pick<RunControl, 'step'>
  readonly #stopwatch: Stopwatch
  readonly #timer: NodeJS.Timeout

  /** Beats at once. */
  constructor(directory: string, control: Pick<RunControl, 'step'>, stopwatch: Stopwatch) {
    this.#file = join(directory, RUN_FILES.heartbeat)
    this.#control = control
    this.#stopwatch = stopwatch
    this.#timer = setInterval(() => this.#beat(), BEAT_MS)
    this.#beat()
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  /** A lost one is no reason to stop: it only tells whether somebody is alive. */
  #beat(): void {
    const heartbeat: Heartbeat = {
      pid: process.pid,
      time: new Date().toISOString(),
      step: this.#control.step,
      ...this.#stopwatch.activity(),
      metrics: { ...this.metrics() },
    }
    try {
      // Renamed into place, so that nobody reads half of it.
      writeFileSync(`${this.#file}.partial`, JSON.stringify(heartbeat))
      renameSync(`${this.#file}.partial`, this.#file)
    } catch {
      // A full disk is said by the journal.
    }
  }
}
