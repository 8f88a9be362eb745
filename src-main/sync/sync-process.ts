/**
 * Sends all runs that somebody wishes to be sent, a few at a time, each in pieces of work with waits between them. Holds nothing that a kill would
 * lose: wishes, confirmations and states lie in the runs' folders.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { SyncState, SyncWish } from '#contract/sync'
import { retryDelayMs, type Pace } from './pace.ts'
import { ServerRefusal, type Server } from './request.ts'
import { readStatus, readWish, writeStatus, type StoredStatus } from './run-files.ts'
import { isWhole, RunSync, type Outcome, type Progress, type RunSource } from './run-sync.ts'

export interface SyncProcessOptions {
  readonly source: RunSource
  readonly pace: Pace
  /** Ids of all runs. */
  readonly runIds: () => readonly string[]
  readonly server: (baseUrl: string | null) => Promise<Server>
  readonly random: () => number
}

/** Pieces of work at the same time. */
const PARALLEL = 4

interface Entry {
  readonly sync: RunSync
  wish: SyncWish
  dueMs: number
  /** Tries in a row that came to nothing. */
  attempt: number
  isWorking: boolean
  progress: Progress | null
  /** It goes on: its process stays. */
  isOpen: boolean
}

export class SyncProcess {
  readonly #options: SyncProcessOptions
  readonly #entries = new Map<string, Entry>()
  /** Runs that are whole, and the wish with which they were: when they are looked at again. */
  readonly #whole = new Map<string, { readonly wish: string; readonly dueMs: number }>()
  /** Wishes as they were seen last. */
  readonly #looked = new Map<string, string>()
  #idleSinceMs = Date.now()

  constructor(options: SyncProcessOptions) {
    this.#options = options
  }

  /** Until nothing has been left to do for a while, another process has taken over, or `stop`. */
  async run(stop: AbortSignal, isOurs: () => boolean): Promise<void> {
    const { pace } = this.#options
    this.#idleSinceMs = Date.now()
    try {
      while (!stop.aborted && isOurs()) {
        await this.#look()
        this.#start()
        if (this.#hasWork()) this.#idleSinceMs = Date.now()
        if (Date.now() - this.#idleSinceMs > pace.lingerMs) return
        await sleep(Math.min(pace.lookMs, this.#untilNextMs()), undefined, { signal: stop }).catch(() => {})
      }
    } finally {
      await this.#settle()
    }
  }

  /** Has somebody wished something while this was about to end? */
  isNeeded(): boolean {
    return this.#options.runIds().some((id) => {
      const wish = readWish(this.#options.source.directory(id))
      return wish?.isOn === true && this.#looked.get(id) !== JSON.stringify(wish)
    })
  }

  async #look(): Promise<void> {
    const ids = new Set(this.#options.runIds())
    for (const [id, entry] of this.#entries) if (!ids.has(id) && !entry.isWorking) this.#drop(id, entry)
    for (const id of ids) {
      const wish = readWish(this.#options.source.directory(id))
      const entry = this.#entries.get(id)
      this.#looked.set(id, JSON.stringify(wish))
      if (wish?.isOn !== true) {
        if (entry?.isWorking === false) this.#drop(id, entry)
      } else if (entry === undefined) await this.#add(id, wish)
      else if (JSON.stringify(wish) !== JSON.stringify(entry.wish)) Object.assign(entry, { wish, dueMs: 0, attempt: 0 })
    }
  }

  async #add(id: string, wish: SyncWish): Promise<void> {
    const known = this.#whole.get(id)
    if (known?.wish === JSON.stringify(wish) && known.dueMs > Date.now()) return
    if (await this.#isWhole(id, wish)) {
      const dueMs = Date.now() + this.#options.pace.transmitMs
      this.#whole.set(id, { wish: JSON.stringify(wish), dueMs })
      if (readStatus(this.#options.source.directory(id))?.state !== 'confirmed') this.#tell(id, null, 'confirmed', null)
    } else this.#entries.set(id, this.#entryOf(id, wish))
  }

  /** Without asking a server. */
  async #isWhole(id: string, wish: SyncWish): Promise<boolean> {
    const { source } = this.#options
    if (source.isAlive(id)) return false
    await source.refresh(id)
    const run = await source.store.run(id)
    return run !== null && isWhole(source, wish, run)
  }

  #entryOf(id: string, wish: SyncWish): Entry {
    const { source, pace, server } = this.#options
    const onProgress = (progress: Progress): void => {
      entry.progress = progress
      this.#tell(id, entry, 'sending', null)
    }
    const sync = new RunSync(id, { source, pace, server, onProgress })
    const entry: Entry = { sync, wish, dueMs: 0, attempt: 0, isWorking: false, progress: null, isOpen: true }
    return entry
  }

  #start(): void {
    const working = [...this.#entries.values()].filter(({ isWorking }) => isWorking).length
    const due = [...this.#entries].filter(([, { isWorking, dueMs }]) => !isWorking && dueMs <= Date.now())
    due.sort(([, a], [, b]) => a.dueMs - b.dueMs)
    for (const [id, entry] of due.slice(0, Math.max(0, PARALLEL - working))) {
      entry.isWorking = true
      void this.#work(id, entry).finally(() => (entry.isWorking = false))
    }
  }

  async #work(id: string, entry: Entry): Promise<void> {
    const { pace, random } = this.#options
    try {
      const outcome = await entry.sync.work(entry.wish)
      entry.attempt = 0
      entry.dueMs = Date.now() + pace.transmitMs
      this.#note(id, entry, outcome)
    } catch (error) {
      const refusal = refusalOf(error)
      if (entry.sync.hasProgress) entry.attempt = 0
      const delayMs = refusal.needsPerson
        ? pace.personRetryMs * (0.5 + random() / 2)
        : retryDelayMs(pace, entry.attempt++, refusal.retryAfterMs, random)
      entry.dueMs = Date.now() + delayMs
      this.#tell(id, entry, 'waits', refusal)
    }
  }

  #note(id: string, entry: Entry, outcome: Outcome): void {
    switch (outcome) {
      case 'live':
        entry.isOpen = true
        return this.#tell(id, entry, 'live', null)
      case 'confirmed':
        this.#tell(id, entry, 'confirmed', null)
        return this.#drop(id, entry)
      case 'nothing':
        // Looked at again, without keeping the process for it.
        entry.isOpen = false
    }
  }

  #drop(id: string, entry: Entry): void {
    entry.sync.close()
    this.#entries.delete(id)
  }

  #hasWork(): boolean {
    return [...this.#entries.values()].some(({ isOpen, isWorking }) => isOpen || isWorking)
  }

  #untilNextMs(): number {
    const waits = [...this.#entries.values()].filter(({ isWorking }) => !isWorking).map(({ dueMs }) => dueMs - Date.now())
    return Math.max(5, Math.min(Infinity, ...waits))
  }

  async #settle(): Promise<void> {
    for (let working = true; working;) {
      working = [...this.#entries.values()].some(({ isWorking }) => isWorking)
      if (working) await sleep(20)
    }
    for (const [id, entry] of this.#entries) this.#drop(id, entry)
  }

  /** What is known from before stays where nothing newer is. */
  #tell(id: string, entry: Entry | null, state: SyncState, problem: ServerRefusal | null): void {
    const directory = this.#options.source.directory(id)
    const before: Progress = readStatus(directory) ?? NO_PROGRESS
    const { confirmed, lines, url, isStopAsked } = entry?.progress ?? before
    const status: StoredStatus = {
      state,
      confirmed,
      lines,
      url,
      isStopAsked,
      problem: problem && { code: problem.code, message: problem.message, remedy: problem.remedy, field: null },
      nextTryAt: problem && new Date(entry?.dueMs ?? 0).toISOString(),
      updatedAt: new Date().toISOString(),
    }
    try {
      writeStatus(directory, status)
    } catch (error) {
      // The run's folder is gone; what else it is shows at the next look.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
  }
}

const NO_PROGRESS: Progress = { confirmed: 0, lines: 0, url: null, isStopAsked: false }

/** A bug is told as one, and tried again like anything that only a person can help: no line is lost by it. */
function refusalOf(error: unknown): ServerRefusal {
  if (error instanceof ServerRefusal) return error
  console.error(error)
  return new ServerRefusal('sync.refused', { host: 'VeriTune itself', what: 'to go on', status: 0, reason: String(error) })
}
