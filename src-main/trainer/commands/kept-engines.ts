/** Engines that stay open for the next question: two at most, one call at a time on each, closed when nobody has asked for a while. */
import { Failure } from '#contract/failure'
import type { Engine } from '../engines/engine.ts'

const MOST = 2
const IDLE_MS = 5 * 60_000

interface Kept {
  readonly key: string
  readonly engine: Promise<Engine>
  /** Ends when the calls before have ended. */
  turn: Promise<unknown>
  userCount: number
  idle: NodeJS.Timeout | null
}

export class KeptEngines {
  readonly #idleMs: number
  /** Longest idle first. */
  #kept: Kept[] = []
  #waiting: (() => void)[] = []

  constructor(idleMs = IDLE_MS) {
    this.#idleMs = idleMs
  }

  get count(): number {
    return this.#kept.length
  }

  /**
   * What `work` makes of the engine with this key, opened where it is not open. An engine that did not survive a call is closed; one that only
   * refused it stays.
   */
  async use<T>(key: string, open: () => Promise<Engine>, work: (engine: Engine) => Promise<T>): Promise<T> {
    const kept = await this.#taken(key, open)
    const turn = kept.turn.then(async () => work(await kept.engine))
    kept.turn = turn.catch(() => {})
    try {
      return await turn
    } catch (error) {
      if (!(error instanceof Failure && error.code === 'completion.too-long')) await this.#drop(kept)
      throw error
    } finally {
      this.#release(kept)
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#kept.map((kept) => this.#drop(kept)))
  }

  async #taken(key: string, open: () => Promise<Engine>): Promise<Kept> {
    for (;;) {
      const known = this.#kept.find((kept) => kept.key === key)
      if (known !== undefined) return taken(known)
      const idle = this.#kept.find(({ userCount }) => userCount === 0)
      if (this.#kept.length < MOST) {
        const kept: Kept = { key, engine: open(), turn: Promise.resolve(), userCount: 0, idle: null }
        this.#kept.push(kept)
        return taken(kept)
      }
      // Closed before the next is opened: there may not be room for both.
      if (idle !== undefined) await this.#drop(idle)
      else await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
  }

  #release(kept: Kept): void {
    kept.userCount--
    if (kept.userCount === 0 && this.#kept.includes(kept)) {
      this.#kept = [...this.#kept.filter((other) => other !== kept), kept]
      kept.idle = setTimeout(() => void this.#drop(kept), this.#idleMs)
      kept.idle.unref()
    }
    for (const go of this.#waiting.splice(0)) go()
  }

  async #drop(kept: Kept): Promise<void> {
    this.#kept = this.#kept.filter((other) => other !== kept)
    if (kept.idle !== null) clearTimeout(kept.idle)
    const engine = await kept.engine.catch(() => null)
    await engine?.close()
  }
}

function taken(kept: Kept): Kept {
  if (kept.idle !== null) clearTimeout(kept.idle)
  kept.idle = null
  kept.userCount++
  return kept
}
