/**
 * Looks after the run directories: takes their journals into the store as they grow, tells what each run is, and starts the next one that waits.
 * Several may look after the same folder.
 */
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ApiEvents, EventName, RunStatus, RunSummary } from '#contract/api'
import { Failure } from '#contract/failure'
import { RUN_FILES } from '#contract/run-directory'
import { readLink } from '#remote/link-file'
import { startTrainer, type TrainerLocation } from '#launch/trainer-process'
import type { RunFigures, StoredRun } from '#store/records'
import type { Store } from '#store/store'
import { computerOf, linkWords, type RemoteTrainers } from './elsewhere.ts'
import { inOrder } from './queue.ts'
import { lastOutcome, readJournalPart } from './read-journal.ts'
import { forgetLaunch, hasTrainer, isQueued, launchedAt, listRunIds, readRun, takeFromQueue, wasStarted } from './run-folder.ts'
import { summaryOf } from './run-summary.ts'
import { isActive, statusOf } from './status.ts'

export interface RunsOptions {
  readonly folder: string
  readonly store: Store
  readonly trainer: TrainerLocation
  readonly emit: <E extends EventName>(event: E, payload: ApiEvents[E]) => void
  readonly now: () => Date
  /** Runs on other computers; left out: what is known of them is only read. */
  readonly remote?: RemoteTrainers
  /** Screens that follow what is told need not wait for long journals; an answer that is given once must. Left out: all waits. */
  readonly isOpenedSoon?: boolean
}

const POLL_MS = 200
/** Runs that are over are looked at this many times less often. */
const IDLE_POLLS = 10
/** A trainer takes its lock well within this time. */
const START_GRACE_MS = 15_000
/** Trainings at the same time on one computer; more would only share the processor. */
const PARALLEL_RUNS = 1
const EVENT_BATCH = 2_000
/** A person who opens the workbench waits no longer for journals. */
const OPENING_MS = 1_000

interface Watched {
  /** null until somebody was told. */
  status: RunStatus | null
  /** What was told of the link to its host. */
  link: string
  /** The store had it when this process found it. */
  readonly isFromBefore: boolean
  /** As the store had it when the journal last said more. */
  stored: StoredRun
  journalBytes: number
  lastSeq: number
}

export class RunWatch {
  readonly #options: RunsOptions
  readonly #watched = new Map<string, Watched>()
  #timer: NodeJS.Timeout | null = null
  #sweep: Promise<void> = Promise.resolve()
  #pollCount = 0
  #isClosed = false

  constructor(options: RunsOptions) {
    this.#options = options
  }

  /** Takes in what happened while no workbench was open, then goes on looking. One that is opened soon takes long journals in behind it. */
  async open(): Promise<void> {
    const looked = this.look().finally(() => this.#schedule())
    await Promise.race([looked, ...(this.#options.isOpenedSoon === true ? [sleep(OPENING_MS, undefined, { ref: false })] : [])])
    looked.catch((error: unknown) => console.error('runs could not be looked at:', error))
  }

  async close(): Promise<void> {
    this.#isClosed = true
    if (this.#timer !== null) clearTimeout(this.#timer)
    await this.#sweep
  }

  /** Forgets everything and reads all run directories again. */
  async restart(): Promise<void> {
    const { store } = this.#options
    await this.#sweep
    for (const { id } of await store.runs()) await store.removeRun(id)
    this.#watched.clear()
    await this.look()
  }

  /** By a look of its own. Throws Failure run.missing. */
  async freshStatus(id: string): Promise<RunStatus> {
    await this.look()
    return this.#knownStatus(await this.stored(id))
  }

  /** Throws Failure run.missing. */
  async stored(id: string): Promise<StoredRun> {
    const run = await this.#options.store.run(id)
    if (run === null) throw new Failure('run.missing', { run: id })
    return run
  }

  /** `known`: its figures, where they were read already. */
  async summary(run: StoredRun, known?: RunFigures): Promise<RunSummary> {
    const figures = known ?? (await this.#options.store.figures(run.id))
    return summaryOf(run, this.#directory(run.id), await this.#statusToTell(run), figures)
  }

  /** Until a journal is taken in, a trainer that is gone may have said its last word in the part that waits. */
  async #statusToTell(run: StoredRun): Promise<RunStatus> {
    const status = this.#knownStatus(run)
    const isFollowed = typeof this.#watched.get(run.id)?.status === 'string'
    if (isFollowed || status !== 'crashed' || journalSize(this.#directory(run.id)) <= run.journalBytes) return status
    return (await lastOutcome(this.#directory(run.id))) ?? status
  }

  /** As it was told last: derived again only while the journal is being followed, so that no half-read state shows. */
  #knownStatus(run: StoredRun): RunStatus {
    return this.#watched.get(run.id)?.status ?? this.#statusOf(run, hasTrainer(this.#directory(run.id)))
  }

  #statusOf({ id, state, updatedAt }: StoredRun, isAlive: boolean): RunStatus {
    const directory = this.#directory(id)
    const launched = launchedAt(directory)
    const phase = readLink(directory)?.phase ?? null
    // Once the journal says more, the launch is over, whatever came of it.
    const isSilent = launched !== null && Date.parse(updatedAt) < launched
    return statusOf({
      state,
      isQueued: isQueued(directory),
      hasTrainer: isAlive,
      wasStarted: wasStarted(directory),
      isJustStarted:
        phase === null ? isSilent && this.#options.now().getTime() - launched < START_GRACE_MS : phase === 'delivering',
      isRefused: phase === 'refused',
    })
  }

  /** Runs that wait for their turn, the next one first. */
  queue(): string[] {
    const waiting = [...this.#watched].flatMap(([id, { status }]) => (status === 'queued' ? [id] : []))
    return inOrder(this.#options.folder, waiting)
  }

  #schedule(): void {
    if (this.#isClosed) return
    this.#timer = setTimeout(() => {
      this.look(this.#pollCount++ % IDLE_POLLS === 0)
        .catch((error: unknown) => console.error('runs could not be looked at:', error))
        .finally(() => this.#schedule())
    }, POLL_MS)
    this.#timer.unref()
  }

  /** One look at a time: over all runs, or over those that are going on. */
  look(isThorough = true): Promise<void> {
    const look = async (): Promise<void> => {
      if (isThorough) await this.#findRuns()
      for (const [id, watched] of this.#watched) {
        // What is not taken in yet is so by the next workbench.
        if (this.#isClosed) return
        if (isThorough) this.#options.remote?.attend(this.#directory(id))
        if (isThorough || watched.status === null || isActive(watched.status)) await this.#follow(id, watched)
      }
      await this.#startNext()
    }
    const done = this.#sweep.then(look)
    this.#sweep = done.catch(() => {})
    return done
  }

  async #findRuns(): Promise<void> {
    const { folder, store } = this.#options
    const found = listRunIds(folder).filter((id) => !this.#watched.has(id))
    const known = new Map(found.length === 0 ? [] : (await store.runs()).map((run) => [run.id, run]))
    for (const id of found) {
      const run = readRun(folder, id)
      if (run === null) continue
      if (!known.has(id)) await store.addRun(run)
      const stored = known.get(id) ?? (await this.stored(id))
      this.#watched.set(id, {
        status: null,
        link: '',
        isFromBefore: known.has(id),
        stored,
        journalBytes: stored.journalBytes,
        lastSeq: stored.lastSeq,
      })
    }
    for (const id of this.#watched.keys()) if (!existsSync(this.#directory(id))) await this.#forget(id)
  }

  async #forget(id: string): Promise<void> {
    this.#watched.delete(id)
    await this.#options.store.removeRun(id)
    this.#options.emit('runs.changed', { id, summary: null })
  }

  /** Takes in what the journal has gained and tells whoever listens. */
  async #follow(id: string, watched: Watched): Promise<void> {
    const { store } = this.#options
    // Asked before the journal is read: a trainer that is gone by then has written its last word already.
    const isAlive = hasTrainer(this.#directory(id))
    const link = linkWords(this.#directory(id))
    let hasNews = false
    while (!this.#isClosed && journalSize(this.#directory(id)) > watched.journalBytes) {
      const part = await readJournalPart(this.#directory(id), watched.journalBytes)
      if (part === null) break
      await store.ingest(id, part)
      watched.journalBytes = part.endByte
      const events = part.events.filter(({ seq }) => seq > watched.lastSeq)
      watched.lastSeq = events.at(-1)?.seq ?? watched.lastSeq
      for (let start = 0; start < events.length; start += EVENT_BATCH) {
        this.#options.emit('run.events', { id, events: events.slice(start, start + EVENT_BATCH) })
      }
      hasNews = true
    }
    if (hasNews) watched.stored = await this.stored(id)
    const status = this.#statusOf(watched.stored, isAlive)
    // A run that the store had before is in the list that whoever comes reads first.
    const isOld = watched.status === null && watched.isFromBefore
    const isToTell = hasNews || ((status !== watched.status || link !== watched.link) && !isOld)
    watched.status = status
    watched.link = link
    if (!isToTell) return
    await this.tell(id)
  }

  /** Says to whoever listens what the run is now. Throws Failure run.missing. */
  async tell(id: string): Promise<void> {
    this.#options.emit('runs.changed', { id, summary: await this.summary(await this.stored(id)) })
  }

  #directory(id: string): string {
    return join(this.#options.folder, id)
  }

  /** Starts the queued run that waits longest, of those whose computer has room. */
  async #startNext(): Promise<void> {
    const busy = [...this.#watched].flatMap(([id, { status }]) =>
      // A paused run leaves the processor to the next.
      status !== null && status !== 'paused' && isActive(status) ? [computerOf(this.#directory(id))] : [],
    )
    const hasRoom = (id: string): boolean =>
      busy.filter((name) => name === computerOf(this.#directory(id))).length < PARALLEL_RUNS
    const id = this.queue().find(hasRoom)
    const watched = id === undefined ? undefined : this.#watched.get(id)
    if (id === undefined || watched === undefined) return
    const directory = this.#directory(id)
    const { remote, trainer } = this.#options
    const isElsewhere = computerOf(directory) !== ''
    if (isElsewhere && remote === undefined) return
    const entry = takeFromQueue(directory, this.#options.now())
    if (entry === null) return
    if (isElsewhere) remote!.launch(directory, entry.flags)
    else await startTrainer(trainer, directory, entry.flags, () => forgetLaunch(directory))
    watched.status = 'starting'
    await this.tell(id)
  }
}

function journalSize(directory: string): number {
  return statSync(join(directory, RUN_FILES.journal), { throwIfNoEntry: false })?.size ?? 0
}
