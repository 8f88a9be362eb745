/** Where a step's time went: seconds per stage. */
export class Stopwatch {
  readonly #now: () => number
  #seconds = new Map<string, number>()
  /** The stage that runs now, for the heartbeat. */
  stage = 'start'

  /** `now` in milliseconds. */
  constructor(now: () => number) {
    this.#now = now
  }

  async time<T>(stage: string, run: () => T | Promise<T>): Promise<T> {
    const start = this.#begin(stage)
    try {
      return await run()
    } finally {
      this.#end(stage, start)
    }
  }

  timeSync<T>(stage: string, run: () => T): T {
    const start = this.#begin(stage)
    try {
      return run()
    } finally {
      this.#end(stage, start)
    }
  }

  /** Seconds by `timing_s/<stage>` since the last call. */
  take(): Record<string, number> {
    const metrics = Object.fromEntries([...this.#seconds].map(([stage, seconds]) => [`timing_s/${stage}`, seconds]))
    this.#seconds = new Map()
    return metrics
  }

  #begin(stage: string): number {
    this.stage = stage
    return this.#now()
  }

  #end(stage: string, start: number): void {
    this.#seconds.set(stage, (this.#seconds.get(stage) ?? 0) + (this.#now() - start) / 1000)
  }
}
