/** What a workbench does about sync: keeps wishes, starts the program that sends when something is to be sent, and tells how far it is. */
import { join } from 'node:path'
import type {
  LoginProof,
  LoginRequest,
  RunSyncChange,
  RunSyncStatus,
  SyncChange,
  SyncPlace,
  SyncSettings,
  SyncWish,
} from '#contract/sync'
import type { GivenKey, LoginAnswer, LoginAsk, SyncStart } from '#contract/sync-start'
import type { FailureCode } from '#contract/failure'
import { holderOf } from './lease.ts'
import { hostOf, ServerRefusal } from './request.ts'
import { readStatus, readWish, writeStatus, writeWish, type StoredStatus } from './run-files.ts'
import { addressOf, baseUrlOf } from './server-keys.ts'
import { changeSyncSettings, readSyncSettings } from './sync-settings.ts'

/** Keeps one secret for a person: the system's keychain where there is one. */
export interface KeyKeeper {
  read(): GivenKey | null
  /** null: it is kept; else why not. */
  keep(given: GivenKey): string | null
}

export interface RunsToSyncOptions {
  readonly home: string
  readonly keys: KeyKeeper
  readonly environment: NodeJS.ProcessEnv
  /** Starts the program; `onExit` when it has ended. */
  readonly start: (logFile: string, start: SyncStart, onExit: () => void) => Promise<unknown>
  readonly askLogin: (ask: LoginAsk) => Promise<LoginAnswer>
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
  /** A start is on its way, or a process of ours lives. */
  #isStarted = false
  #isAskedAgain = false

  constructor(options: RunsToSyncOptions) {
    this.#options = options
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
    if (this.#isStarted) {
      this.#isAskedAgain = true
      return
    }
    if (holderOf(join(this.#options.home, 'sync', 'process.json')) !== null) return
    this.#isStarted = true
    const onExit = (): void => {
      this.#isStarted = false
      // What was wished while it was about to end is looked at by another one.
      if (this.#isAskedAgain) void this.ensure().catch((error: unknown) => console.error('the sync could not be started:', error))
      this.#isAskedAgain = false
    }
    try {
      await this.#options.start(join(this.#options.home, 'sync.log'), { given: this.#options.keys.read() }, onExit)
    } catch (error) {
      this.#isStarted = false
      throw error
    }
  }

  /** Asks the server whose key it is; one that was typed is kept where that can be done. Throws ServerRefusal. */
  async login({ key, baseUrl: named }: LoginRequest): Promise<LoginProof> {
    const { keys, environment } = this.#options
    const baseUrl = baseUrlOf(named ?? this.settings().baseUrl, environment)
    const host = hostOf(baseUrl)
    const stored = keys.read()
    const kept = stored?.host === host ? stored.key : null
    const answer = await this.#options.askLogin({ key: key ?? kept, baseUrl, isProof: true })
    if ('failure' in answer) throw new ServerRefusal(answer.failure.code as FailureCode, answer.failure.facts)
    const { entity, teams } = answer
    const reason = key === null ? null : keys.keep({ key, host })
    const source = key !== null ? 'given' : kept !== null ? 'keychain' : environment.WANDB_API_KEY ? 'environment' : 'netrc'
    return { host, entity, teams, source, kept: { isKept: reason === null, reason } }
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

  get #settingsFile(): string {
    return join(this.#options.home, 'sync.json')
  }
}

/** For as long as this process lives: a browser has no keychain of the system. */
export function forgetfulKeys(): KeyKeeper {
  let known: GivenKey | null = null
  return {
    read: () => known,
    keep: (given) => {
      known = given
      return 'it is forgotten with the next start of VeriTune, because a browser has no keychain; `wandb login` or WANDB_API_KEY lasts'
    },
  }
}
