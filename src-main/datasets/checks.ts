/** Checks of data sets that are under way: each in a process of its own, which ends with it. */
import { BADGES } from '#contract/badges'
import type { CheckSoFar, ColumnMapping, DatasetCheck } from '#contract/dataset-check'
import type { ErrorRecord } from '#contract/api'
import { Failure } from '#contract/failure'
import type { CheckProgress } from '#contract/known-datasets'
import { ServiceClient } from '#launch/service-client'
import type { TrainerLocation } from '#launch/trainer-process'
import type { CheckPlaces, KeptChecks } from './kept-checks.ts'
import { secondsLeft } from './pace.ts'

export interface ChecksOptions {
  readonly trainer: TrainerLocation
  readonly kept: KeptChecks
  readonly tell: (progress: CheckProgress) => void
  /** Does a run train on this file? */
  readonly isUsed: (file: string) => Promise<boolean>
  readonly errorRecord: (error: unknown) => ErrorRecord
  readonly now: () => Date
}

/** A process that was asked to end its check does so at once; one that cannot hear is ended. */
const PATIENCE_MS = 2_000

const NOTHING_YET: CheckSoFar = {
  stage: 'reading',
  layout: '',
  taskCount: 0,
  counts: { train: 0, validation: 0, test: 0 },
  badges: { healthy: 0, 'reference-fails': 0, 'judge-fooled': 0, 'not-run': 0 },
  problemCount: 0,
  warningCount: 0,
  problems: [],
  unhealthy: [],
}

interface Running {
  progress: CheckProgress
  readonly stop: AbortController
  finished: Promise<DatasetCheck>
}

export class Checks {
  readonly #options: ChecksOptions
  readonly #running = new Map<string, Running>()

  constructor(options: ChecksOptions) {
    this.#options = options
  }

  get progress(): CheckProgress[] {
    return [...this.#running.values()].map(({ progress }) => progress)
  }

  /** Throws as checkDataset does. */
  run(path: string, out: string | null, mapping: ColumnMapping | null): Promise<DatasetCheck> {
    const known = this.#running.get(path)
    if (known !== undefined) return known.finished
    const { now, tell } = this.#options
    const progress: CheckProgress = { ...NOTHING_YET, path, startedAt: now().toISOString(), secondsLeft: null, end: null }
    const running = { progress, stop: new AbortController() } as Running
    running.finished = this.#check(path, out, mapping, running)
    this.#running.set(path, running)
    tell(progress)
    return running.finished
  }

  /** Resolves when it has ended. */
  async cancel(path: string): Promise<void> {
    const running = this.#running.get(path)
    running?.stop.abort()
    await running?.finished.catch(() => {})
  }

  async close(): Promise<void> {
    await Promise.all([...this.#running.keys()].map((path) => this.cancel(path)))
  }

  async #check(path: string, out: string | null, mapping: ColumnMapping | null, running: Running): Promise<DatasetCheck> {
    const { kept, isUsed, now } = this.#options
    try {
      const places = await kept.places(path, out, now())
      const check = await this.#inOwnProcess(path, places, mapping, running)
      const { tasks } = await kept.keep({ path, mapping, check, places, now: now() }, isUsed)
      this.#end(running, 'done')
      return { ...check, written: out ?? tasks }
    } catch (error) {
      const isCancelled = running.stop.signal.aborted
      await kept.forget(path)
      this.#end(running, isCancelled ? 'cancelled' : this.#options.errorRecord(error))
      throw isCancelled ? new Failure('dataset.check-cancelled', { file: path }, { cause: error }) : error
    }
  }

  async #inOwnProcess(
    path: string,
    { out, unfit }: CheckPlaces,
    mapping: ColumnMapping | null,
    running: Running,
  ): Promise<DatasetCheck> {
    const service = new ServiceClient(this.#options.trainer)
    const { signal } = running.stop
    const endSoon = (): void => void setTimeout(() => void service.close(), PATIENCE_MS).unref()
    signal.addEventListener('abort', endSoon, { once: true })
    try {
      const order = { path, out, unfit, mapping }
      const onProgress = this.#follow(running)
      return await service.watch('dataset.check', [order], { onProgress, stop: signal })
    } finally {
      await service.close()
    }
  }

  #follow(running: Running): (soFar: CheckSoFar) => void {
    let beganMs: number | null = null
    return (soFar) => {
      const nowMs = performance.now()
      if (soFar.stage === 'trying') beganMs ??= nowMs
      const tried = BADGES.reduce((sum, badge) => sum + soFar.badges[badge], 0)
      const left = beganMs === null ? null : secondsLeft(tried, soFar.taskCount, (nowMs - beganMs) / 1000)
      running.progress = { ...running.progress, ...soFar, secondsLeft: left }
      this.#options.tell(running.progress)
    }
  }

  #end(running: Running, end: CheckProgress['end']): void {
    this.#running.delete(running.progress.path)
    this.#options.tell({ ...running.progress, secondsLeft: null, end })
  }
}
