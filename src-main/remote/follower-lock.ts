/** One process follows a run on a host. */
import { readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { RUN_FILES } from '#contract/run-directory'
import { isAlive } from '#launch/is-alive'

const HELD_MS = 30_000

/** Held by its number and by the time of its file, which is renewed: numbers come back. */
export class FollowerLock {
  readonly #file: string

  constructor(directory: string) {
    this.#file = join(directory, RUN_FILES.linkLock)
  }

  /** True: it is this process's. Called again it is renewed. */
  take(now: Date): boolean {
    const holder = this.#holder()
    if (holder === process.pid) {
      utimesSync(this.#file, now, now)
      return true
    }
    if (holder !== null && isAlive(holder) && now.getTime() - this.#changedMs() < HELD_MS) return false
    try {
      rmSync(this.#file, { force: true })
      writeFileSync(this.#file, String(process.pid), { flag: 'wx' })
      return true
    } catch {
      // Another process was faster, or the run was put aside.
      return false
    }
  }

  release(): void {
    if (this.#holder() === process.pid) rmSync(this.#file, { force: true })
  }

  #holder(): number | null {
    try {
      return Number(readFileSync(this.#file, 'utf8')) || null
    } catch {
      return null
    }
  }

  #changedMs(): number {
    return statSync(this.#file, { throwIfNoEntry: false })?.mtimeMs ?? 0
  }
}
