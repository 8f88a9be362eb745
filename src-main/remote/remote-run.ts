/** One run on a host, from here: brings it there, follows it, hands on commands, and does so again after every lost link. */
import { existsSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { controlCommandSchema, controlRequestSchema, type ControlCommand } from '#contract/control'
import { Failure } from '#contract/failure'
import type { RemoteLink, RemotePlace } from '#contract/remote-run'
import { RUN_FILES } from '#contract/run-directory'
import { deliverProgram, deliverRun } from './deliver-run.ts'
import { FarEnd } from './far-end.ts'
import type { FileHashes } from './file-hashes.ts'
import { readLink, writeLink } from './link-file.ts'
import { Mirror } from './mirror.ts'
import { PROGRAM, type CarriedProgram } from './program-files.ts'
import { isPassing } from './ssh-failure.ts'

export interface RemoteRunOptions {
  readonly directory: string
  readonly place: RemotePlace
  readonly program: CarriedProgram
  readonly hashes: FileHashes
  readonly now: () => Date
}

const POLL_MS = 500
/** Between tries at a host that cannot be reached. */
const FIRST_WAIT_MS = 1_000
const LONGEST_WAIT_MS = 30_000
/** How old the time of the last contact may be in the file, where nothing else changes. */
const REACHED_MS = 5_000

export class RemoteRun {
  readonly #options: RemoteRunOptions
  readonly #stop = new AbortController()
  readonly #handedOn = new Set<string>()
  #isFollowing: Promise<void> | null = null

  constructor(options: RemoteRunOptions) {
    this.#options = options
  }

  /** Goes on with whatever is to be done; nothing where this process does so already. */
  follow(): void {
    this.#isFollowing ??= this.#followToTheEnd()
      // Its directory went away between two looks.
      .catch((error: unknown) => console.error('a run on a host could not be followed:', error))
      .finally(() => (this.#isFollowing = null))
  }

  /** The trainer over there goes on. */
  async close(): Promise<void> {
    this.#stop.abort()
    await this.#isFollowing
  }

  async #followToTheEnd(): Promise<void> {
    for (let waitMs = FIRST_WAIT_MS; !this.#isOver(); waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
      const before = this.#link()?.reachedAt
      try {
        if (this.#link()?.phase === 'delivering') await this.#deliver()
        else await this.#attend()
      } catch (error) {
        if (this.#isOver()) return
        this.#note(error)
        if (this.#link()?.reachedAt !== before) waitMs = FIRST_WAIT_MS
        await sleep(waitMs, undefined, { signal: this.#stop.signal }).catch(() => {})
      }
    }
  }

  #link(): RemoteLink | null {
    return readLink(this.#options.directory)
  }

  /** Also where the run was put aside. */
  #isOver(): boolean {
    const phase = this.#link()?.phase
    return this.#stop.signal.aborted || phase === undefined || phase === 'refused' || phase === 'over'
  }

  #change(change: Partial<RemoteLink>): void {
    const link = this.#link()
    if (link !== null) writeLink(this.#options.directory, { ...link, ...change })
  }

  #reached(change: Partial<RemoteLink> = {}): void {
    this.#change({ reachedAt: this.#options.now().toISOString(), problem: null, ...change })
  }

  /** What is worth another try is only told; what is not ends a launch. */
  #note(error: unknown): void {
    const failure = error instanceof Failure ? error : asFailure(this.#options.place.host, error)
    const problem = { message: failure.message, remedy: failure.remedy }
    const link = this.#link()
    const isLaunch = link?.phase === 'delivering'
    // Whoever starts a run waits for the answer; a link that is cut later is tried again for as long as it takes.
    const isFirst = isLaunch && (link.reachedAt === null || link.reachedAt < link.launchedAt)
    if (isLaunch && (isFirst || !isPassing(failure))) this.#change({ phase: 'refused', problem, doing: null })
    else this.#change({ problem })
  }

  async #deliver(): Promise<void> {
    const { directory, place, program, hashes } = this.#options
    const link = this.#link()!
    const stopped = new AbortController()
    const looking = setInterval(() => {
      if (this.#commands(link).some(({ command }) => command === 'stop')) stopped.abort()
    }, POLL_MS)
    try {
      const stop = AbortSignal.any([this.#stop.signal, stopped.signal])
      const tell = (doing: string): void => this.#reached({ doing })
      const found = await deliverRun({ directory, place, link, program, hashes, stop, tell })
      this.#reached({ ...found, phase: 'followed', hasTrainer: true, doing: null })
    } catch (error) {
      if (!stopped.signal.aborted) throw error
      this.#change({ phase: 'over', doing: null })
    } finally {
      clearInterval(looking)
    }
  }

  async #attend(): Promise<void> {
    const { directory, place } = this.#options
    const { root, program, node, launch } = this.#link()!
    const folder = `${root}/programs/${program}`
    const far = new FarEnd(place.host, {
      what: 'give out the run',
      statements: ['[ -e "$2" ] || exit 97', 'exec "$1" "$2" serve-run "$3"'],
      args: [node!, `${folder}/${PROGRAM.trainer}`, `${root}/runs/${basename(directory)}`],
    })
    const close = (): void => void far.close()
    this.#stop.signal.addEventListener('abort', close, { once: true })
    try {
      await this.#mirror(far, launch)
    } catch (error) {
      if (!(error instanceof Failure) || error.code !== 'remote.program-gone') throw error
      const { program: carried, hashes } = this.#options
      await deliverProgram({ place, program: carried, hashes, stop: this.#stop.signal, tell: () => this.#reached() })
    } finally {
      this.#stop.signal.removeEventListener('abort', close)
      await far.close()
    }
  }

  async #mirror(far: FarEnd, launch: string): Promise<void> {
    const mirror = new Mirror(this.#options.directory, this.#options.place.host, far)
    while (!this.#stop.signal.aborted) {
      const { hasTrainer, isReady } = await mirror.take(launch)
      if (isReady) await this.#handOn(far)
      const link = this.#link()
      // Launched again, or put aside, meanwhile.
      if (link === null || link.launch !== launch) return
      if (!hasTrainer) return this.#reached({ phase: 'over', hasTrainer })
      if (link.problem !== null || link.hasTrainer !== hasTrainer || this.#isOld(link.reachedAt)) this.#reached({ hasTrainer })
      await sleep(POLL_MS, undefined, { signal: this.#stop.signal }).catch(() => {})
    }
  }

  #isOld(reachedAt: string | null): boolean {
    return reachedAt === null || this.#options.now().getTime() - Date.parse(reachedAt) > REACHED_MS
  }

  /** Each once; one whose answer was lost is handed on again, and taken once over there. */
  async #handOn(far: FarEnd): Promise<void> {
    const link = this.#link()
    if (link === null) return
    for (const command of this.#commands(link)) {
      if (this.#handedOn.has(command.id)) continue
      const { id, time: _time, ...request } = command
      await far.command(id, controlRequestSchema.parse(request))
      this.#handedOn.add(id)
    }
  }

  /** Those of this launch: an older one was for a trainer that is gone. */
  #commands({ launchedAt }: RemoteLink): ControlCommand[] {
    const file = join(this.#options.directory, RUN_FILES.control)
    if (!existsSync(file)) return []
    const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1)
    return lines.flatMap((line) => commandIn(line)).filter(({ time }) => time >= launchedAt)
  }
}

function commandIn(line: string): ControlCommand[] {
  try {
    return [controlCommandSchema.parse(JSON.parse(line))]
  } catch {
    return []
  }
}

/** What is no Failure is a file of this computer, or a fault of ours; a run over there goes on either way. */
function asFailure(host: string, error: unknown): Failure {
  if (!(error instanceof Error)) throw error
  console.error(error)
  return new Failure('remote.command', { host, what: 'be followed', reason: error.message }, { cause: error })
}
