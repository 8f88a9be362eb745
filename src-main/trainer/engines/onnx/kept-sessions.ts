/**
 * Compiled graphs by name, as many as a share of the memory allows. A run meets new shapes for as long as it goes on, some hundred on each lane;
 * the graph that has not been run for longest makes room for a new one, and is compiled again when its shape comes back.
 */
import type { Session } from './session.ts'

export class KeptSessions {
  readonly #limitBytes: number
  /** The one that was asked for last stands last. */
  readonly #sessions = new Map<string, Session>()

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes
  }

  /** The session of that name, made by `create` where there is none. Whoever asks next may not ask before the session has run: another may have to go. */
  async get(name: string, create: () => Promise<Session>): Promise<Session> {
    const known = this.#sessions.get(name)
    const session = known ?? (await create())
    this.#sessions.delete(name)
    this.#sessions.set(name, session)
    if (known === undefined) await this.#makeRoom(name)
    return session
  }

  async release(): Promise<void> {
    for (const session of this.#sessions.values()) await session.release()
    this.#sessions.clear()
  }

  async #makeRoom(name: string): Promise<void> {
    let bytes = [...this.#sessions.values()].reduce((sum, { residentBytes }) => sum + residentBytes, 0)
    for (const [other, session] of this.#sessions) {
      if (bytes <= this.#limitBytes || other === name) return
      this.#sessions.delete(other)
      bytes -= session.residentBytes
      await session.release()
    }
  }
}
