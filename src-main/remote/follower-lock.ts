/** One workbench follows a run on a host. */
import { randomUUID } from 'node:crypto'
import { readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { RUN_FILES } from '#contract/run-directory'
import { isAlive } from '#launch/is-alive'

const HELD_MS = 30_000

interface Holder {
  readonly pid: number
  readonly nonce: string
}

/** Held by a process's number and by the time of its file, which is renewed: numbers come back. Two of one process are two. */
export class FollowerLock {
  readonly #file: string
  readonly #own: Holder = { pid: process.pid, nonce: randomUUID() }

  constructor(directory: string) {
    this.#file = join(directory, RUN_FILES.linkLock)
  }

  /** True: it is held by this one. Called again it is renewed. */
  take(now: Date): boolean {
    const holder = this.#holder()
    if (holder?.nonce === this.#own.nonce) {
      utimesSync(this.#file, now, now)
      return true
    }
    if (holder !== null && isAlive(holder.pid) && now.getTime() - this.#changedMs() < HELD_MS) return false
    try {
      rmSync(this.#file, { force: true })
      writeFileSync(this.#file, JSON.stringify(this.#own), { flag: 'wx' })
      return true
    } catch {
      // Another one was faster, or the run was put aside.
      return false
    }
  }

  release(): void {
    if (this.#holder()?.nonce === this.#own.nonce) rmSync(this.#file, { force: true })
  }

  #holder(): Holder | null {
    try {
      return JSON.parse(readFileSync(this.#file, 'utf8')) as Holder
    } catch {
      return null
    }
  }

  #changedMs(): number {
    return statSync(this.#file, { throwIfNoEntry: false })?.mtimeMs ?? 0
  }
}
