import type { Heartbeat } from '#contract/heartbeat'

/** A stage under way. */
interface Stage {
  readonly name: string
  readonly since: number
  done: number
  of: number
}

/** Where a step's time went, seconds per stage, and how far the stage is that runs now. */
export class Stopwatch {
  readonly #now: () => number
  #seconds = new Map<string, number>()
  /** Those that wait for one inside them, then the one that runs. */
  readonly #running: Stage[] = []
  /** Between two stages the one before is still told of. */
  #latest: Stage

  /** `now` in milliseconds. */
  constructor(now: () => number) {
    this.#now = now
    this.#latest = { name: 'start', since: now(), done: 0, of: 0 }
  }

  async time<T>(stage: string, run: () => T | Promise<T>): Promise<T> {
    const begun = this.#begin(stage)
    const start = this.#now()
    try {
      return await run()
    } finally {
      this.#end(begun, start)
    }
  }

  timeSync<T>(stage: string, run: () => T): T {
    const begun = this.#begin(stage)
    const start = this.#now()
    try {
      return run()
    } finally {
      this.#end(begun, start)
    }
  }

  /** Seconds by `timing_s/<stage>` since the last call. */
  take(): Record<string, number> {
    const metrics = Object.fromEntries([...this.#seconds].map(([stage, seconds]) => [`timing_s/${stage}`, seconds]))
    this.#seconds = new Map()
    return metrics
  }

  /** What runs now; one that begins again at once goes on. */
  activity(): Pick<Heartbeat, 'stage' | 'seconds' | 'done' | 'of'> {
    const { name, since, done, of } = this.#current
    return { stage: name, seconds: (this.#now() - since) / 1000, done, of: of === 0 ? null : of }
  }

  /** So many completions more are to be generated or scored in the stage that runs. */
  expect(count: number): void {
    this.#current.of += count
  }

  /** One of them is whole. */
  advance(): void {
    this.#current.done++
  }

  get #current(): Stage {
    return this.#running.at(-1) ?? this.#latest
  }

  #begin(name: string): Stage {
    const isAgain = this.#running.length === 0 && this.#latest.name === name
    const stage = isAgain ? this.#latest : { name, since: this.#now(), done: 0, of: 0 }
    this.#running.push(stage)
    return stage
  }

  #end(stage: Stage, start: number): void {
    this.#running.splice(this.#running.lastIndexOf(stage), 1)
    this.#latest = stage
    this.#seconds.set(stage.name, (this.#seconds.get(stage.name) ?? 0) + (this.#now() - start) / 1000)
  }
}
