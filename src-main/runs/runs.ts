/**
 * The runs of this workbench: queue, start, stop, resume, and their journals taken into the store as they grow. Everything that must survive
 * stands in the run directories; this can be killed at any time, and several may look after the same folder.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ApiEvents, EventName, RunDetail, RunStatus, RunSummary } from '#contract/api'
import type { ControlRequest } from '#contract/control'
import { Failure } from '#contract/failure'
import type { RemotePlace } from '#contract/remote-run'
import type { RunConfig } from '#contract/run-config'
import { RUN_FILES } from '#contract/run-directory'
import type { RunLog } from '#contract/run-log'
import type { NotesChange } from '#contract/run-notes'
import { readLink, remoteState } from '#remote/link-file'
import { startTrainer, type TrainerLocation } from '#launch/trainer-process'
import type { RunFigures, StoredRun } from '#store/records'
import type { Store } from '#store/store'
import { Completions } from './completions.ts'
import { computerOf, linkWords, placing, type RemoteTrainers } from './elsewhere.ts'
import { copyOrigin, originOf, refuseOtherModel, type Origin } from './clone.ts'
import { fillImported, moveAll, readOrigin, type RunToImport } from './imported-run.ts'
import { inOrder, writeOrder } from './queue.ts'
import { bringBack, forgetOldRemovals, liesAside, putAside } from './removed-runs.ts'
import { lastOutcome, readJournalPart } from './read-journal.ts'
import {
  appendControl,
  createRunDirectory,
  forgetLaunch,
  hasTrainer,
  isQueued,
  launchedAt,
  leaveQueue,
  listRunIds,
  putInQueue,
  readLogTail,
  readRun,
  runMadeBy,
  takeFromQueue,
  wasAsked,
  wasQueuedBy,
  wasStarted,
} from './run-folder.ts'
import { changeNotes } from './run-notes.ts'
import { detailOf, summaryOf } from './run-summary.ts'
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

export class Runs {
  /** What the models of these runs wrote. */
  readonly completions: Completions
  readonly #options: RunsOptions
  readonly #watched = new Map<string, Watched>()
  #timer: NodeJS.Timeout | null = null
  #sweep: Promise<void> = Promise.resolve()
  #pollCount = 0
  #isClosed = false

  constructor(options: RunsOptions) {
    this.#options = options
    this.completions = new Completions(options.store, (id) => this.directory(id))
    mkdirSync(options.folder, { recursive: true })
    forgetOldRemovals(options.folder, options.now())
  }

  /** Takes in what happened while no workbench was open, then goes on looking. One that is opened soon takes long journals in behind it. */
  async open(): Promise<void> {
    const looked = this.#look(true).finally(() => this.#schedule())
    await Promise.race([looked, ...(this.#options.isOpenedSoon === true ? [sleep(OPENING_MS, undefined, { ref: false })] : [])])
    looked.catch((error: unknown) => console.error('runs could not be looked at:', error))
  }

  async close(): Promise<void> {
    this.#isClosed = true
    if (this.#timer !== null) clearTimeout(this.#timer)
    await this.#sweep
  }

  /** Makes the run and puts it in the queue; it starts at once when no other is training. One whose id or act is given is made once. */
  async create(
    config: RunConfig,
    {
      id: given,
      once,
      place,
    }: { readonly id?: string; readonly once?: string | undefined; readonly place?: RemotePlace | null } = {},
  ): Promise<string> {
    if (given !== undefined && existsSync(this.directory(given))) return given
    const made = runMadeBy(this.#options.folder, once)
    if (made !== null) return made
    const fill = placing(place)
    const id = createRunDirectory(this.#options.folder, config, this.#options.now(), { id: given, once, fill })
    await this.#look(true)
    return id
  }

  /** The checkpoint that a clone of a run begins from, with the settings that were in force there. Throws Failure run.missing, run.no-checkpoint. */
  async origin(id: string, step: number | null): Promise<Origin> {
    await this.#look(true)
    const { config } = await this.#stored(id)
    this.refuseImported(id)
    return originOf(this.directory(id), config, await this.#options.store.events(id, 0), { run: id, step })
  }

  /** Makes a run that goes on from there, and puts it in the queue. Throws Failure config.invalid for what a checkpoint cannot change. */
  async clone(config: RunConfig, origin: Origin, once?: string, place?: RemotePlace | null): Promise<string> {
    const made = runMadeBy(this.#options.folder, once)
    if (made !== null) return made
    refuseOtherModel(config, origin)
    const id = createRunDirectory(this.#options.folder, config, this.#options.now(), {
      once,
      fill: (directory) => {
        copyOrigin(directory, config, origin)
        placing(place)(directory)
      },
    })
    await this.#look(true)
    return id
  }

  /** Takes in a run that another program made. Throws what reading it throws; then nothing of it is there. */
  async import(run: RunToImport, once?: string): Promise<{ id: string; completionCount: number }> {
    const { folder, now } = this.#options
    const aside = mkdtempSync(join(folder, '.import-'))
    try {
      const completionCount = await fillImported(aside, run)
      const isWaiting = false
      const fill = (directory: string): void => moveAll(aside, directory)
      const id = runMadeBy(folder, once) ?? createRunDirectory(folder, run.config, now(), { once, isWaiting, fill })
      await this.#look(true)
      return { id, completionCount }
    } finally {
      rmSync(aside, { recursive: true, force: true })
    }
  }

  /** Did another program make it? */
  isImported(id: string): boolean {
    return readOrigin(this.directory(id)) !== null
  }

  /** Throws Failure run.imported: no trainer of ours can go on with such a run. */
  refuseImported(id: string): void {
    if (this.isImported(id)) throw new Failure('run.imported', { run: id })
  }

  /** Throws Failure run.missing, run.finished, run.locked, run.imported. */
  async resume(id: string, flags: readonly string[] = [], once?: string): Promise<void> {
    if (wasQueuedBy(this.directory(id), once)) return
    const status = await this.#freshStatus(id)
    this.refuseImported(id)
    if (status === 'finished') throw new Failure('run.finished', { run: id })
    if (isActive(status)) throw new Failure('run.active', { run: id })
    putInQueue(this.directory(id), flags, this.#options.now(), once)
    await this.#look(true)
  }

  /** Resolves when it stands where the trainer reads it. Throws Failure run.missing and run.not-active. A queued run that is stopped leaves the queue. */
  async control(id: string, request: ControlRequest, once?: string): Promise<void> {
    const isAsked = wasAsked(this.directory(id), once)
    const status = await this.#freshStatus(id)
    const isLeaving = status === 'queued' && request.command === 'stop'
    if (!isAsked && !isLeaving && !isActive(status)) throw new Failure('run.not-active', { run: id, status })
    // On another computer it is handed on when a trainer is there, and ends what is copied until then.
    if (!isAsked && !isLeaving && computerOf(this.directory(id)) === '') await this.#untilTrainer(id)
    if (!wasAsked(this.directory(id), once)) appendControl(this.directory(id), request, this.#options.now(), once)
    if (isLeaving) leaveQueue(this.directory(id))
    await this.#look(true)
  }

  /** One that is on its way passes over what was asked before it began. Throws Failure run.not-active where it does not come. */
  async #untilTrainer(id: string): Promise<void> {
    while (!hasTrainer(this.directory(id))) {
      await sleep(POLL_MS)
      const status = await this.#freshStatus(id)
      if (!isActive(status)) throw new Failure('run.not-active', { run: id, status })
    }
  }

  /** Throws Failure run.missing. */
  async note(id: string, change: NotesChange): Promise<RunSummary> {
    const run = await this.#stored(id)
    changeNotes(this.directory(id), run.config.name, change)
    await this.#tell(id)
    return this.#summary(run)
  }

  /** Nothing where it lies aside already. Throws Failure run.missing, and run.active while a trainer works on it. */
  async remove(id: string): Promise<void> {
    if (liesAside(this.#options.folder, id)) return
    const status = await this.#freshStatus(id)
    // One on a host that is gone for good must not stay for ever.
    const isLost = (remoteState(this.directory(id))?.problem ?? null) !== null
    if (isActive(status) && status !== 'queued' && !isLost) throw new Failure('run.active', { run: id })
    putAside(this.#options.folder, id, this.#options.now())
    await this.#look(true)
  }

  /** Throws Failure run.missing where it is neither there nor aside any more. */
  async restore(id: string): Promise<RunSummary> {
    bringBack(this.#options.folder, id)
    await this.#look(true)
    return this.#summary(await this.#stored(id))
  }

  /** Runs that wait for their turn, the next one first. */
  queue(): string[] {
    const waiting = [...this.#watched].flatMap(([id, { status }]) => (status === 'queued' ? [id] : []))
    return inOrder(this.#options.folder, waiting)
  }

  /** Lets runs wait in another order; those that are left out come after them. */
  reorder(ids: readonly string[]): string[] {
    writeOrder(this.#options.folder, ids)
    return this.queue()
  }

  async list(): Promise<RunSummary[]> {
    const { store } = this.#options
    const [runs, figures] = await Promise.all([store.runs(), store.allFigures()])
    return Promise.all(runs.map((run) => this.#summary(run, figures.get(run.id))))
  }

  async get(id: string): Promise<Omit<RunDetail, 'experiment'>> {
    const run = await this.#stored(id)
    const summary = await this.#summary(run)
    return detailOf(run, summary, this.directory(id))
  }

  /** Throws Failure run.missing. */
  async log(id: string, lineCount: number): Promise<RunLog> {
    await this.#stored(id)
    return readLogTail(this.directory(id), lineCount)
  }

  /** Throws Failure run.missing. */
  async assertThere(id: string): Promise<void> {
    await this.#stored(id)
  }

  directory(id: string): string {
    return join(this.#options.folder, id)
  }

  /** Forgets everything and reads all run directories again. */
  async rebuild(): Promise<{ runs: number; events: number }> {
    await this.#sweep
    for (const { id } of await this.#options.store.runs()) await this.#options.store.removeRun(id)
    this.#watched.clear()
    await this.#look(true)
    const runs = await this.#options.store.runs()
    return { runs: runs.length, events: runs.reduce((sum, { lastSeq }) => sum + lastSeq, 0) }
  }

  async #freshStatus(id: string): Promise<RunStatus> {
    await this.#look(true)
    return this.#knownStatus(await this.#stored(id))
  }

  async #stored(id: string): Promise<StoredRun> {
    const run = await this.#options.store.run(id)
    if (run === null) throw new Failure('run.missing', { run: id })
    return run
  }

  async #summary(run: StoredRun, known?: RunFigures): Promise<RunSummary> {
    const figures = known ?? (await this.#options.store.figures(run.id))
    return summaryOf(run, this.directory(run.id), await this.#statusToTell(run), figures)
  }

  /** Until a journal is taken in, a trainer that is gone may have said its last word in the part that waits. */
  async #statusToTell(run: StoredRun): Promise<RunStatus> {
    const status = this.#knownStatus(run)
    const isFollowed = typeof this.#watched.get(run.id)?.status === 'string'
    if (isFollowed || status !== 'crashed' || journalSize(this.directory(run.id)) <= run.journalBytes) return status
    return (await lastOutcome(this.directory(run.id))) ?? status
  }

  /** As it was told last: derived again only while the journal is being followed, so that no half-read state shows. */
  #knownStatus(run: StoredRun): RunStatus {
    return this.#watched.get(run.id)?.status ?? this.#statusOf(run, hasTrainer(this.directory(run.id)))
  }

  #statusOf({ id, state, updatedAt }: StoredRun, isAlive: boolean): RunStatus {
    const directory = this.directory(id)
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

  #schedule(): void {
    if (this.#isClosed) return
    this.#timer = setTimeout(() => {
      this.#look(this.#pollCount++ % IDLE_POLLS === 0)
        .catch((error: unknown) => console.error('runs could not be looked at:', error))
        .finally(() => this.#schedule())
    }, POLL_MS)
    this.#timer.unref()
  }

  /** One look at a time: over the runs that are going on, or over all. */
  #look(isThorough: boolean): Promise<void> {
    const look = async (): Promise<void> => {
      if (isThorough) await this.#findRuns()
      for (const [id, watched] of this.#watched) {
        // What is not taken in yet is so by the next workbench.
        if (this.#isClosed) return
        if (isThorough) this.#options.remote?.attend(this.directory(id))
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
      const stored = known.get(id) ?? (await this.#stored(id))
      this.#watched.set(id, {
        status: null,
        link: '',
        isFromBefore: known.has(id),
        stored,
        journalBytes: stored.journalBytes,
        lastSeq: stored.lastSeq,
      })
    }
    for (const id of this.#watched.keys()) if (!existsSync(this.directory(id))) await this.#forget(id)
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
    const isAlive = hasTrainer(this.directory(id))
    const link = linkWords(this.directory(id))
    let hasNews = false
    while (!this.#isClosed && journalSize(this.directory(id)) > watched.journalBytes) {
      const part = await readJournalPart(this.directory(id), watched.journalBytes)
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
    if (hasNews) watched.stored = await this.#stored(id)
    const status = this.#statusOf(watched.stored, isAlive)
    // A run that the store had before is in the list that whoever comes reads first.
    const isOld = watched.status === null && watched.isFromBefore
    const isToTell = hasNews || ((status !== watched.status || link !== watched.link) && !isOld)
    watched.status = status
    watched.link = link
    if (!isToTell) return
    await this.#tell(id)
  }

  async #tell(id: string): Promise<void> {
    this.#options.emit('runs.changed', { id, summary: await this.#summary(await this.#stored(id)) })
  }

  /** Starts the queued run that waits longest, of those whose computer has room. */
  async #startNext(): Promise<void> {
    const busy = [...this.#watched].flatMap(([id, { status }]) =>
      // A paused run leaves the processor to the next.
      status !== null && status !== 'paused' && isActive(status) ? [computerOf(this.directory(id))] : [],
    )
    const hasRoom = (id: string): boolean => busy.filter((name) => name === computerOf(this.directory(id))).length < PARALLEL_RUNS
    const id = this.queue().find(hasRoom)
    const watched = id === undefined ? undefined : this.#watched.get(id)
    if (id === undefined || watched === undefined) return
    const directory = this.directory(id)
    const { remote, trainer } = this.#options
    const isElsewhere = computerOf(directory) !== ''
    if (isElsewhere && remote === undefined) return
    const entry = takeFromQueue(directory, this.#options.now())
    if (entry === null) return
    if (isElsewhere) remote!.launch(directory, entry.flags)
    else await startTrainer(trainer, directory, entry.flags, () => forgetLaunch(directory))
    watched.status = 'starting'
    await this.#tell(id)
  }
}

function journalSize(directory: string): number {
  return statSync(join(directory, RUN_FILES.journal), { throwIfNoEntry: false })?.size ?? 0
}
