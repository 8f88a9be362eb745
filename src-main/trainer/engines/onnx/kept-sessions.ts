/**
 * Compiled graphs by name, as many as a share of the memory allows. A run meets new shapes for as long as it goes on, some hundred on each lane;
 * the graph that has not been run for longest makes room for a new one, and is compiled again when its shape comes back.
 */
import { availableMemory } from './memory-available.ts'
import type { Session } from './session.ts'

export const KEPT_BYTES = {
  /** Of each lane: some 90 train graphs of the starter model, so that a PPO step compiles one again now and then and a GRPO step one or two. */
  lane: 512e6,
  /** More than a run of the starter model comes to. */
  decoding: 256e6,
} as const

export class KeptSessions {
  readonly #limitBytes: number
  /** Bytes that this computer has to give. */
  readonly #available: () => number
  /** The one that was asked for last stands last. */
  readonly #sessions = new Map<string, Session>()

  constructor(limitBytes: number, available: () => number = availableMemory) {
    this.#limitBytes = limitBytes
    this.#available = available
  }

  /** The session of that name, made by `create` where there is none. Whoever asks next may not ask before the session has run: another may have to go. */
  async get(name: string, create: () => Promise<Session>): Promise<Session> {
    const known = this.#sessions.get(name)
    const session = known ?? (await create())
    this.#sessions.delete(name)
    this.#sessions.set(name, session)
    if (known === undefined) await this.#makeRoomFor(session, name)
    return session
  }

  async release(): Promise<void> {
    for (const session of this.#sessions.values()) await session.release()
    this.#sessions.clear()
  }

  async #makeRoomFor({ residentBytes: newBytes }: Session, name: string): Promise<void> {
    let bytes = [...this.#sessions.values()].reduce((sum, { residentBytes }) => sum + residentBytes, 0)
    // Where there is nothing left to give, what is kept grows no more: it is worth time, and the run is worth more.
    const limit = this.#available() > 0 ? this.#limitBytes : Math.min(this.#limitBytes, bytes - newBytes)
    for (const [other, session] of this.#sessions) {
      if (bytes <= limit || other === name) return
      this.#sessions.delete(other)
      bytes -= session.residentBytes
      await session.release()
    }
  }
}
