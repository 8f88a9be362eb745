import type { ColumnMapping } from '#contract/dataset-check'
import type { CheckProgress, KnownDataset } from '#contract/known-datasets'
import { desktopFiles, workbench, WorkbenchError } from '../workbench.ts'
import { coalesced } from './coalesced.ts'
import { filesOfDrop, type FileGroup } from './file-groups.ts'
import { uploads } from './uploads.svelte.ts'

/** What a person is told about a path that was not checked. */
export interface Refusal {
  readonly path: string
  readonly error: Pick<WorkbenchError, 'code' | 'message' | 'remedy'>
}

/** The data sets of this workbench and the checks that are under way, kept up to date by its events. */
class Datasets {
  all = $state.raw<readonly KnownDataset[]>([])
  isLoaded = $state(false)
  error = $state.raw<WorkbenchError | null>(null)
  checks = $state.raw<readonly CheckProgress[]>([])
  refusal = $state.raw<Refusal | null>(null)
  readonly #readOnce = coalesced(() => this.#read())
  /** Counting tasks starts a process: not before somebody looks. */
  #isWanted = false

  constructor() {
    workbench.on('datasets.progress', (progress) => this.#take(progress))
    workbench.onConnection((connection) => {
      if (connection === 'open' && this.#isWanted) void this.load()
    })
  }

  /** Reads the list anew. */
  load(): Promise<void> {
    this.#isWanted = true
    return this.#readOnce()
  }

  /** Null stands for what a browser cannot do. */
  get files(): typeof desktopFiles {
    return desktopFiles
  }

  /** The path that a person chose; null when none. */
  async choose(kind: 'file' | 'folder'): Promise<string | null> {
    return (await desktopFiles?.choosePath(kind)) ?? null
  }

  /** Checks what was dropped, one after the other: each takes the whole machine. */
  async drop(dropped: DataTransfer): Promise<void> {
    if (desktopFiles === null) return void (await this.handOver(await filesOfDrop(dropped)))
    for (const file of dropped.files) await this.check(desktopFiles.pathOf(file), null)
  }

  /** In a browser, which tells no path: copies them to the workbench and checks the copies. Gives what `check` gives for the last. */
  async handOver(groups: readonly FileGroup[]): Promise<string | null> {
    this.refusal = null
    let known: string | null = null
    for (const group of groups) {
      try {
        const path = await uploads.send(group)
        known = path === null ? null : await this.check(path, null)
      } catch (error) {
        if (!(error instanceof WorkbenchError)) throw error
        this.refusal = { path: group.name, error }
        return null
      }
    }
    return known
  }

  /** The path under which it is known when all went well; else null, and `refusal` says why unless a person cancelled it. */
  async check(path: string, mapping: ColumnMapping | null): Promise<string | null> {
    this.refusal = null
    try {
      await workbench.call('datasets.check', path, null, mapping)
      await this.load()
      return this.#lastChecked()
    } catch (error) {
      if (!(error instanceof WorkbenchError)) throw error
      if (error.code !== 'dataset.check-cancelled') this.refusal = { path, error }
      return null
    }
  }

  async cancel(path: string): Promise<void> {
    try {
      await workbench.call('datasets.cancel', path)
    } catch (error) {
      this.refusal = { path, error: error as WorkbenchError }
    }
  }

  /** Of the check that ended last. */
  #lastChecked(): string | null {
    const times = this.all.map(({ check }) => check?.checkedAt ?? '')
    return this.all[times.indexOf(times.reduce((last, time) => (time > last ? time : last), ''))]?.path ?? null
  }

  #take(progress: CheckProgress): void {
    const others = this.checks.filter(({ path }) => path !== progress.path)
    this.checks = progress.end === null ? [...others, progress] : others
    if (progress.end !== null && this.#isWanted) void this.load()
  }

  async #read(): Promise<void> {
    try {
      const [checks, all] = await Promise.all([workbench.call('datasets.checks'), workbench.call('datasets.list')])
      this.checks = checks
      this.all = all
      this.error = null
      this.isLoaded = true
    } catch (error) {
      this.error = error as WorkbenchError
    }
  }
}

export const datasets = new Datasets()
