import type { RunSummary } from '#contract/api'
import { workbench, type WorkbenchError } from '../workbench.ts'

/** All runs, newest first, kept up to date by the workbench's events. */
class RunList {
  all = $state.raw<readonly RunSummary[]>([])
  isLoaded = $state(false)
  error = $state.raw<WorkbenchError | null>(null)
  #isLoading = false
  #isStale = false

  constructor() {
    workbench.on('runs.changed', () => void this.load())
    workbench.onConnection((connection) => {
      if (connection === 'open') void this.load()
    })
    void this.load()
  }

  get active(): number {
    return this.all.filter((run) => isActive(run.status)).length
  }

  /** Reads the list anew; calls that come meanwhile are answered by one more reading. */
  async load(): Promise<void> {
    if (this.#isLoading) {
      this.#isStale = true
      return
    }
    this.#isLoading = true
    try {
      this.all = await workbench.call('runs.list')
      this.error = null
      this.isLoaded = true
    } catch (error) {
      this.error = error as WorkbenchError
    }
    this.#isLoading = false
    if (this.#isStale) {
      this.#isStale = false
      void this.load()
    }
  }
}

/** Is a trainer at work on it, or about to be? */
export function isActive(status: RunSummary['status']): boolean {
  return status === 'queued' || status === 'starting' || status === 'running' || status === 'paused' || status === 'stopping'
}

export const runList = new RunList()
