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
    workbench.on('runs.changed', ({ id, summary }) => this.#put(id, summary))
    workbench.onConnection((connection) => {
      if (connection === 'open') void this.load()
    })
    void this.load()
  }

  get active(): number {
    return this.all.filter((run) => isActive(run.status)).length
  }

  #put(id: string, summary: RunSummary | null): void {
    this.all = withRun(this.all, id, summary)
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

/** A known run keeps its place; one that is not known yet stands where it was made, the newest first. null takes it out. */
export function withRun(runs: readonly RunSummary[], id: string, summary: RunSummary | null): readonly RunSummary[] {
  const at = runs.findIndex((run) => run.id === id)
  if (summary === null) return runs.filter((run) => run.id !== id)
  if (at !== -1) return runs.with(at, summary)
  const later = runs.filter(({ createdAt }) => createdAt > summary.createdAt).length
  return runs.toSpliced(later, 0, summary)
}

/** Is a trainer at work on it, or about to be? */
export function isActive(status: RunSummary['status']): boolean {
  return status === 'queued' || status === 'starting' || status === 'running' || status === 'paused' || status === 'stopping'
}

export const runList = new RunList()
