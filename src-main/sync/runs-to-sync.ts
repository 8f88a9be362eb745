/** What a workbench does about sync: keeps wishes, starts the program that sends when something is to be sent, and tells how far it is. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type {
  KeyInUse,
  LoginProof,
  LoginRequest,
  RunSyncChange,
  RunSyncStatus,
  SyncChange,
  SyncPlace,
  SyncSettings,
  SyncWish,
} from '#contract/sync'
import type { SyncStart } from '#contract/sync-start'
import { KnownKeys, type KnownKeysOptions } from './known-keys.ts'
import { holderOf } from './lease.ts'
import { hostOf } from './request.ts'
import { readStatus, readWish, writeStatus, writeWish, type StoredStatus } from './run-files.ts'
import { addressOf, baseUrlOf } from './server-keys.ts'
import { changeSyncSettings, readSyncSettings } from './sync-settings.ts'

/** The program that sends, as whoever started it has it. */
export interface Sender {
  end(): void
}

export interface RunsToSyncOptions extends KnownKeysOptions {
  readonly home: string
  /** Starts the program; `onExit` when it has ended. */
  readonly start: (logFile: string, start: SyncStart, onExit: () => void) => Promise<Sender>
  readonly directory: (id: string) => string
  readonly groupOf: (id: string) => string | null
  readonly now: () => Date
}

const NOTHING_KNOWN: StoredStatus = {
  state: 'queued',
  confirmed: 0,
  lines: 0,
  url: null,
  problem: null,
  nextTryAt: null,
  isStopAsked: false,
  updatedAt: null,
}

const PLACE_FIELDS = ['entity', 'project', 'baseUrl'] as const
type PlaceField = (typeof PLACE_FIELDS)[number]

export class RunsToSync {
  readonly #options: RunsToSyncOptions
  readonly #keys: KnownKeys
  /** A start is on its way, or a process of ours lives. */
  #sender: Promise<Sender> | null = null
  #isAskedAgain = false
  #isClosed = false

  constructor(options: RunsToSyncOptions) {
    this.#options = options
    this.#keys = new KnownKeys(options)
  }

  settings(): SyncSettings {
    return readSyncSettings(this.#settingsFile)
  }

  change(change: SyncChange): SyncSettings {
    return changeSyncSettings(this.#settingsFile, change, this.#options.now())
  }

  status(id: string): RunSyncStatus {
    const wish = readWish(this.#options.directory(id))
    const settings = this.settings()
    const isElsewhere = wish !== null && PLACE_FIELDS.some((name) => wish[name] !== settings[name])
    return {
      run: id,
      ...this.#statusOf(id),
      place: this.#placeOf(wish ?? settings),
      otherPlace: isElsewhere ? this.#placeOf(settings) : null,
    }
  }

  /** What is left out stays as it was wished last, at first as in the settings. */
  async wish(id: string, change: RunSyncChange): Promise<RunSyncStatus> {
    return this.#keep(id, { ...this.#wishOf(id), ...change })
  }

  /** Tries at once what waits. */
  async retry(id: string): Promise<RunSyncStatus> {
    return this.#again(id, (wish) => ({ retries: wish.retries + 1 }))
  }

  async resendAll(id: string): Promise<RunSyncStatus> {
    return this.#again(id, (wish) => ({ resends: wish.resends + 1 }))
  }

  /** A run is there, or its journal says more. */
  async heard(id: string, createdAt: string): Promise<void> {
    const { automaticSince } = this.settings()
    const wish = readWish(this.#options.directory(id))
    if (wish === null && automaticSince !== null && createdAt >= automaticSince) await this.wish(id, { isOn: true })
    else if (wish?.isOn === true) await this.ensure()
  }

  /** What was not whole when this was last closed is gone on with. */
  async open(ids: readonly string[]): Promise<void> {
    const isWaiting = (id: string): boolean => {
      const { state } = this.#statusOf(id)
      return state !== 'off' && state !== 'confirmed'
    }
    if (ids.some(isWaiting)) await this.ensure()
  }

  /** Starts the program unless it is there. */
  async ensure(): Promise<void> {
    if (this.#sender !== null) {
      this.#isAskedAgain = true
      return
    }
    if (this.#isClosed || holderOf(this.#leaseFile) !== null) return
    const { home, keys, start } = this.#options
    this.#sender = start(join(home, 'sync.log'), { given: keys.read() }, () => this.#ended())
    try {
      await this.#sender
    } catch (error) {
      this.#sender = null
      throw error
    }
  }

  /** What sends goes on; nothing is started any more. */
  close(): void {
    this.#isClosed = true
  }

  /** Which key the server of the settings would get. */
  key(): Promise<KeyInUse> {
    return this.#keys.inUse(this.#baseUrlOf(null))
  }

  /** Asks the server whose key it is; one that was typed is used from now on. Throws ServerRefusal. */
  async login({ key, baseUrl }: LoginRequest): Promise<LoginProof> {
    const { entity, project } = this.settings()
    const proof = await this.#keys.prove(key, this.#baseUrlOf(baseUrl), { entity, project })
    if (key !== null) await this.#startAgain()
    return proof
  }

  async forgetKey(): Promise<KeyInUse> {
    this.#keys.forget()
    await this.#startAgain()
    return this.key()
  }

  /** A key reaches the program at its start alone: where one is there it ends, and another one starts. */
  async #startAgain(): Promise<void> {
    if (this.#sender !== null) {
      this.#isAskedAgain = true
      const sender = await this.#sender.catch(() => null)
      sender?.end()
    } else if (holderOf(this.#leaseFile) !== null) {
      // One that another workbench started: it leaves when its lease is gone.
      rmSync(this.#leaseFile, { force: true })
      await this.ensure()
    }
  }

  #ended(): void {
    this.#sender = null
    // What was wished while it was about to end is looked at by another one.
    if (this.#isAskedAgain) void this.ensure().catch((error: unknown) => console.error('the sync could not be started:', error))
    this.#isAskedAgain = false
  }

  async #again(id: string, rise: (wish: SyncWish) => Partial<SyncWish>): Promise<RunSyncStatus> {
    const wish = this.#wishOf(id)
    return this.#keep(id, { ...wish, isOn: true, ...rise(wish) })
  }

  /** What was known of another wish is not known of this one; whoever sends says what is. */
  async #keep(id: string, wish: SyncWish): Promise<RunSyncStatus> {
    const directory = this.#options.directory(id)
    if (JSON.stringify(wish) !== JSON.stringify(readWish(directory))) {
      const known = readStatus(directory) ?? NOTHING_KNOWN
      writeStatus(directory, { ...known, state: 'queued', problem: null, nextTryAt: null })
      writeWish(directory, wish)
    }
    if (wish.isOn) await this.ensure()
    return this.status(id)
  }

  #statusOf(id: string): StoredStatus {
    const directory = this.#options.directory(id)
    const status = readStatus(directory) ?? NOTHING_KNOWN
    return readWish(directory)?.isOn === true ? status : { ...status, state: 'off', problem: null, nextTryAt: null }
  }

  #placeOf({ entity, project, baseUrl }: Pick<SyncWish, PlaceField>): SyncPlace {
    return { entity, project, host: hostOf(addressOf(baseUrl, this.#options.environment)) }
  }

  #wishOf(id: string): SyncWish {
    const { entity, project, baseUrl, aliases, obeysStop } = this.settings()
    const group = this.#options.groupOf(id)
    const first: SyncWish = {
      isOn: false,
      entity,
      project,
      baseUrl,
      aliases,
      obeysStop,
      group,
      as: null,
      retries: 0,
      resends: 0,
    }
    return readWish(this.#options.directory(id)) ?? first
  }

  #baseUrlOf(named: string | null): string {
    return baseUrlOf(named ?? this.settings().baseUrl, this.#options.environment)
  }

  get #leaseFile(): string {
    return join(this.#options.home, 'sync', 'process.json')
  }

  get #settingsFile(): string {
    return join(this.#options.home, 'sync.json')
  }
}
