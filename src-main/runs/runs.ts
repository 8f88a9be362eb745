/**
 * The runs of this workbench: made, cloned, imported, queued, steered, put aside. Everything that must survive stands in the run directories; this can
 * be killed at any time.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { RunDetail, RunSummary } from '#contract/api'
import type { ControlRequest } from '#contract/control'
import { Failure } from '#contract/failure'
import type { RemotePlace } from '#contract/remote-run'
import type { RunConfig } from '#contract/run-config'
import type { RunLog } from '#contract/run-log'
import type { NotesChange } from '#contract/run-notes'
import { remoteState } from '#remote/link-file'
import { Completions } from './completions.ts'
import { computerOf, placing } from './elsewhere.ts'
import { copyOrigin, originOf, refuseOtherModel, type Origin } from './clone.ts'
import { fillImported, moveAll, readOrigin, type RunToImport } from './imported-run.ts'
import { writeOrder } from './queue.ts'
import { bringBack, forgetOldRemovals, liesAside, putAside } from './removed-runs.ts'
import {
  appendControl,
  createRunDirectory,
  hasTrainer,
  leaveQueue,
  putInQueue,
  readLogTail,
  runMadeBy,
  wasAsked,
  wasQueuedBy,
} from './run-folder.ts'
import { changeNotes } from './run-notes.ts'
import { detailOf } from './run-summary.ts'
import { RunWatch, type RunsOptions } from './run-watch.ts'
import { isActive } from './status.ts'

/** Between two looks for a trainer that is on its way. */
const TRAINER_POLL_MS = 200

export class Runs {
  /** What the models of these runs wrote. */
  readonly completions: Completions
  readonly #options: RunsOptions
  readonly #watch: RunWatch

  constructor(options: RunsOptions) {
    this.#options = options
    this.#watch = new RunWatch(options)
    this.completions = new Completions(options.store, (id) => this.directory(id))
    mkdirSync(options.folder, { recursive: true })
    forgetOldRemovals(options.folder, options.now())
  }

  /** Takes in what happened while no workbench was open, then goes on looking. One that is opened soon takes long journals in behind it. */
  open(): Promise<void> {
    return this.#watch.open()
  }

  close(): Promise<void> {
    return this.#watch.close()
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
    await this.#watch.look()
    return id
  }

  /** The checkpoint that a clone of a run begins from, with the settings that were in force there. Throws Failure run.missing, run.no-checkpoint. */
  async origin(id: string, step: number | null): Promise<Origin> {
    await this.#watch.look()
    const { config } = await this.#watch.stored(id)
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
    await this.#watch.look()
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
      await this.#watch.look()
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
    const status = await this.#watch.freshStatus(id)
    this.refuseImported(id)
    if (status === 'finished') throw new Failure('run.finished', { run: id })
    if (isActive(status)) throw new Failure('run.active', { run: id })
    putInQueue(this.directory(id), flags, this.#options.now(), once)
    await this.#watch.look()
  }

  /** Resolves when it stands where the trainer reads it. Throws Failure run.missing and run.not-active. A queued run that is stopped leaves the queue. */
  async control(id: string, request: ControlRequest, once?: string): Promise<void> {
    const isAsked = wasAsked(this.directory(id), once)
    const status = await this.#watch.freshStatus(id)
    const isLeaving = status === 'queued' && request.command === 'stop'
    if (!isAsked && !isLeaving && !isActive(status)) throw new Failure('run.not-active', { run: id, status })
    // On another computer it is handed on when a trainer is there, and ends what is copied until then.
    if (!isAsked && !isLeaving && computerOf(this.directory(id)) === '') await this.#untilTrainer(id)
    if (!wasAsked(this.directory(id), once)) appendControl(this.directory(id), request, this.#options.now(), once)
    if (isLeaving) leaveQueue(this.directory(id))
    await this.#watch.look()
  }

  /** One that is on its way passes over what was asked before it began. Throws Failure run.not-active where it does not come. */
  async #untilTrainer(id: string): Promise<void> {
    while (!hasTrainer(this.directory(id))) {
      await sleep(TRAINER_POLL_MS)
      const status = await this.#watch.freshStatus(id)
      if (!isActive(status)) throw new Failure('run.not-active', { run: id, status })
    }
  }

  /** Throws Failure run.missing. */
  async note(id: string, change: NotesChange): Promise<RunSummary> {
    const run = await this.#watch.stored(id)
    changeNotes(this.directory(id), run.config.name, change)
    await this.#watch.tell(id)
    return this.#watch.summary(run)
  }

  /** Nothing where it lies aside already. Throws Failure run.missing, and run.active while a trainer works on it. */
  async remove(id: string): Promise<void> {
    if (liesAside(this.#options.folder, id)) return
    const status = await this.#watch.freshStatus(id)
    // One on a host that is gone for good must not stay for ever.
    const isLost = (remoteState(this.directory(id))?.problem ?? null) !== null
    if (isActive(status) && status !== 'queued' && !isLost) throw new Failure('run.active', { run: id })
    putAside(this.#options.folder, id, this.#options.now())
    await this.#watch.look()
  }

  /** Throws Failure run.missing where it is neither there nor aside any more. */
  async restore(id: string): Promise<RunSummary> {
    bringBack(this.#options.folder, id)
    await this.#watch.look()
    return this.#watch.summary(await this.#watch.stored(id))
  }

  /** Runs that wait for their turn, the next one first. */
  queue(): string[] {
    return this.#watch.queue()
  }

  /** Lets runs wait in another order; those that are left out come after them. */
  reorder(ids: readonly string[]): string[] {
    writeOrder(this.#options.folder, ids)
    return this.queue()
  }

  async list(): Promise<RunSummary[]> {
    const { store } = this.#options
    const [runs, figures] = await Promise.all([store.runs(), store.allFigures()])
    return Promise.all(runs.map((run) => this.#watch.summary(run, figures.get(run.id))))
  }

  async get(id: string): Promise<Omit<RunDetail, 'experiment'>> {
    const run = await this.#watch.stored(id)
    const summary = await this.#watch.summary(run)
    return detailOf(run, summary, this.directory(id))
  }

  /** Throws Failure run.missing. */
  async log(id: string, lineCount: number): Promise<RunLog> {
    await this.#watch.stored(id)
    return readLogTail(this.directory(id), lineCount)
  }

  /** Throws Failure run.missing. */
  async assertThere(id: string): Promise<void> {
    await this.#watch.stored(id)
  }

  directory(id: string): string {
    return join(this.#options.folder, id)
  }

  /** Forgets everything and reads all run directories again. */
  async rebuild(): Promise<{ runs: number; events: number }> {
    await this.#watch.restart()
    const runs = await this.#options.store.runs()
    return { runs: runs.length, events: runs.reduce((sum, { lastSeq }) => sum + lastSeq, 0) }
  }
}
