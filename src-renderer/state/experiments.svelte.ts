import type { MetricColumn } from '#contract/api'
import type { ExperimentRun, ExperimentState } from '#contract/experiment'
import { workbench, WorkbenchError } from '../workbench.ts'
import { coalesced } from './coalesced.ts'

/** While it is worked on here; else, until it is finished, another workbench may work on it. */
const PAUSE_MS = { driven: 3_000, left: 20_000 } as const
/** Every experiment is looked at for the list. */
const LIST_PAUSE_MS = 10_000
/** Points of a curve: about as many as a chart has pixels; fewer where there are so many runs that all would be too much at once. */
const MOST_POINTS = 300
const MOST_POINTS_OF_ALL = 15_000

/** All experiments, newest first; read again as long as one of them is unfinished. Close it when it is no longer shown. */
export class ExperimentList {
  all = $state.raw<readonly ExperimentState[]>([])
  isLoaded = $state(false)
  error = $state.raw<WorkbenchError | null>(null)
  readonly #looks = new Looks(async () => {
    try {
      this.all = await workbench.call('experiments.list')
      this.error = null
      this.isLoaded = true
    } catch (error) {
      this.error = asError(error)
    }
    return this.all.every(({ phase }) => phase === 'finished') ? null : LIST_PAUSE_MS
  })

  close(): void {
    this.#looks.close()
  }
}

/** One experiment as it goes on. Close it when it is no longer shown. */
export class LiveExperiment {
  readonly id: string
  state = $state.raw<ExperimentState | null>(null)
  error = $state.raw<WorkbenchError | null>(null)
  isResuming = $state(false)
  /** What the last try to go on met. */
  resumeError = $state.raw<WorkbenchError | null>(null)
  /** Run -> its columns, of the keys that were asked for. */
  columns = $state.raw<Readonly<Record<string, readonly MetricColumn[]>>>({})
  readonly #keys: readonly string[]
  /** How far its runs were when their columns were read. */
  #farRead = ''
  readonly #looks: Looks
  readonly #endListening: () => void

  /** keys: metrics of its runs whose curves are wanted. */
  constructor(id: string, keys: readonly string[]) {
    this.id = id
    this.#keys = keys
    this.#looks = new Looks(() => this.#look())
    this.#endListening = workbench.on('runs.changed', ({ id, summary }) => {
      const known = this.state?.runs.find(({ run }) => run === id)
      if (known !== undefined && known.status !== summary?.status) void this.#looks.look()
    })
  }

  close(): void {
    this.#endListening()
    this.#looks.close()
  }

  async resume(): Promise<void> {
    this.isResuming = true
    this.resumeError = null
    try {
      await workbench.call('experiments.resume', this.id)
      await this.#looks.look()
    } catch (error) {
      this.resumeError = asError(error)
    }
    this.isResuming = false
  }

  async #look(): Promise<number | null> {
    try {
      this.state = await workbench.call('experiments.get', this.id)
      await this.#readColumns(this.state.runs)
      this.error = null
    } catch (error) {
      this.error = asError(error)
    }
    return this.state === null ? null : pauseAfter(this.state)
  }

  /** Of all runs when one went on: their points are means over the same steps, however long the longest is by now. */
  async #readColumns(runs: readonly ExperimentRun[]): Promise<void> {
    const begun = runs.filter(({ step }) => step > 0)
    const far = begun.map(farOf).join()
    if (begun.length === 0 || far === this.#farRead) return
    const most = Math.max(2, Math.min(MOST_POINTS, Math.floor(MOST_POINTS_OF_ALL / begun.length)))
    const ids = begun.map(({ run }) => run)
    this.columns = await workbench.call('metrics.together', ids, [...this.#keys], most)
    this.#farRead = far
  }
}

/** Looks again and again while there is something to see: after the pause that a look gives, not at all after null, and when the workbench is there again. */
class Looks {
  readonly look: () => Promise<void>
  #timer: ReturnType<typeof setTimeout> | undefined
  #isClosed = false
  readonly #endListening: () => void

  /** take: must not throw. */
  constructor(take: () => Promise<number | null>) {
    this.look = coalesced(async () => {
      clearTimeout(this.#timer)
      const pauseMs = await take()
      if (pauseMs !== null && !this.#isClosed) this.#timer = setTimeout(() => void this.look(), pauseMs)
    })
    this.#endListening = workbench.onConnection((connection) => {
      if (connection === 'open') void this.look()
    })
    void this.look()
  }

  close(): void {
    this.#isClosed = true
    clearTimeout(this.#timer)
    this.#endListening()
  }
}

function pauseAfter({ phase, isDriven }: ExperimentState): number | null {
  if (isDriven) return PAUSE_MS.driven
  return phase === 'finished' ? null : PAUSE_MS.left
}

/** An evaluation may follow the last step. */
function farOf({ run, step, status }: ExperimentRun): string {
  return `${run} ${step} ${status}`
}

function asError(error: unknown): WorkbenchError {
  return error instanceof WorkbenchError ? error : new WorkbenchError({ code: 'unknown', message: String(error) })
}
