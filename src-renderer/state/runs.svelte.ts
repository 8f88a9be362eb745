import type { RunSummary } from '#contract/api'
import { coalesced } from './coalesced.ts'
import { workbench, type WorkbenchError } from '../workbench.ts'

/** All runs, newest first, kept up to date by the workbench's events. */
class RunList {
  all = $state.raw<readonly RunSummary[]>([])
  isLoaded = $state(false)
  error = $state.raw<WorkbenchError | null>(null)
  /** Reads the list anew. */
  readonly load = coalesced(() => this.#read())

  constructor() {
    workbench.on('runs.changed', ({ summary }) => this.#put(summary))
    workbench.onConnection((connection) => {
      if (connection === 'open') void this.load()
    })
    void this.load()
  }

  get active(): number {
    return this.all.filter((run) => isActive(run.status)).length
  }

  /** A known run keeps its place; a run that is not known yet is the newest. */
  #put(summary: RunSummary): void {
    const at = this.all.findIndex((run) => run.id === summary.id)
    this.all = at === -1 ? [summary, ...this.all] : this.all.with(at, summary)
  }

  async #read(): Promise<void> {
    try {
      this.all = await workbench.call('runs.list')
      this.error = null
      this.isLoaded = true
    } catch (error) {
      this.error = error as WorkbenchError
    }
  }
}

/** Is a trainer at work on it, or about to be? */
export function isActive(status: RunSummary['status']): boolean {
  return status === 'queued' || status === 'starting' || status === 'running' || status === 'paused' || status === 'stopping'
}

export const runList = new RunList()
