/**
 * One sender per run, and one process per data folder. Lines carry their numbers, so that two senders would do no harm but double the traffic: it is
 * enough that a lease is nearly always right. It ends with its process, and where that cannot be seen (another host), with its last touch.
 */
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { randomUUID } from 'node:crypto'
import { dirname } from 'node:path'
import { isAlive } from '#launch/is-alive'

/** Untouched for so long, a lease is over. */
const EXPIRES_MS = 180_000
const TOUCH_MS = 20_000

export interface LeaseHolder {
  readonly nonce: string
  readonly pid: number
  readonly host: string
}

export class Lease {
  readonly #file: string
  readonly #holder: LeaseHolder
  #touchedMs: number

  private constructor(file: string, holder: LeaseHolder) {
    this.#file = file
    this.#holder = holder
    this.#touchedMs = Date.now()
  }

  /** The lease, or whoever holds it. */
  static take(file: string): Lease | LeaseHolder {
    const holder: LeaseHolder = { nonce: randomUUID(), pid: process.pid, host: hostname() }
    mkdirSync(dirname(file), { recursive: true })
    // Whole before it has its name: nobody reads half of one.
    const beside = `${file}.${holder.nonce}`
    writeFileSync(beside, JSON.stringify(holder))
    try {
      linkSync(beside, file)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      const other = holderOf(file)
      if (other !== null) return other
      renameSync(beside, file)
    } finally {
      rmSync(beside, { force: true })
    }
    return new Lease(file, holder)
  }

  /** Touches it now and then. False: somebody else has taken it, after this process stood still for long. */
  isHeld(): boolean {
    if (read(this.#file)?.nonce !== this.#holder.nonce) return false
    if (Date.now() - this.#touchedMs > TOUCH_MS) {
      this.#touchedMs = Date.now()
      utimesSync(this.#file, new Date(), new Date())
    }
    return true
  }

  release(): void {
    if (read(this.#file)?.nonce === this.#holder.nonce) rmSync(this.#file, { force: true })
  }
}

/** Who holds a lease that is not over; null: nobody. */
export function holderOf(file: string): LeaseHolder | null {
  const touchedMs = statSync(file, { throwIfNoEntry: false })?.mtimeMs
  const holder = read(file)
  if (holder === null || touchedMs === undefined || Date.now() - touchedMs > EXPIRES_MS) return null
  return holder.host === hostname() && !isAlive(holder.pid) ? null : holder
}

function read(file: string): LeaseHolder | null {
  try {
    const holder = JSON.parse(readFileSync(file, 'utf8')) as LeaseHolder | null
    return typeof holder?.pid === 'number' ? holder : null
  } catch {
    return null
  }
}
