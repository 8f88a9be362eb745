import type { ModelList } from '#contract/known-models'
import type { DownloadProgress } from '#contract/model-download'
import type { ExportReport, ExportRequest } from '#contract/model-export'
import type { ModelInspection } from '#contract/model-inspection'
import { desktopFiles, workbench, WorkbenchError } from '../workbench.ts'
import { coalesced } from './coalesced.ts'
import { Latest } from './latest.svelte.ts'

/** The models of this workbench, the checkpoints of its runs, and the downloads that are under way, kept up to date by its events. */
class Models {
  list = $state.raw<ModelList | null>(null)
  error = $state.raw<WorkbenchError | null>(null)
  downloads = $state.raw<readonly DownloadProgress[]>([])
  /** Why a folder was not added, a model not downloaded. */
  refusal = $state.raw<WorkbenchError | null>(null)
  readonly #readOnce = coalesced(() => this.#read())
  /** Looking at models starts a process: not before somebody wants it. */
  #isWanted = false

  constructor() {
    workbench.on('models.progress', (progress) => this.#take(progress))
    workbench.on('run.events', ({ events }) => {
      if (this.#isWanted && events.some(({ type }) => type === 'checkpoint.saved')) void this.load()
    })
    workbench.onConnection((connection) => {
      if (connection === 'open' && this.#isWanted) void this.load()
    })
  }

  /** Reads the list anew. */
  load(): Promise<void> {
    this.#isWanted = true
    return this.#readOnce()
  }

  /** The path under which it is known; null when it was refused, then `refusal` says why. */
  async add(path: string): Promise<string | null> {
    return this.#tried(async () => {
      const added = await workbench.call('models.add', path)
      await this.load()
      return added.path
    })
  }

  async forget(path: string): Promise<void> {
    await this.#tried(async () => {
      await workbench.call('models.forget', path)
      await this.load()
    })
  }

  /** The model's folder when it is whole; null when it was refused or cancelled. */
  async download(repository: string, revision: string): Promise<string | null> {
    return this.#tried(async () => {
      const { folder } = await workbench.call('models.download', { repository, revision, folder: null })
      await this.load()
      return folder
    })
  }

  async cancel(folder: string): Promise<void> {
    await this.#tried(() => workbench.call('models.cancel', folder))
  }

  /** The folder that a person chose; null without one, or in a browser. */
  async chooseFolder(): Promise<string | null> {
    return (await desktopFiles?.choosePath('folder')) ?? null
  }

  get canChoose(): boolean {
    return desktopFiles !== null
  }

  async #tried<T>(attempt: () => Promise<T>): Promise<T | null> {
    this.refusal = null
    try {
      return await attempt()
    } catch (error) {
      if (!(error instanceof WorkbenchError)) throw error
      if (error.code !== 'download.cancelled') this.refusal = error
      return null
    }
  }

  #take(progress: DownloadProgress): void {
    const others = this.downloads.filter(({ folder }) => folder !== progress.folder)
    this.downloads = progress.end === null ? [...others, progress] : others
    // It may have been asked for in another window.
    if (progress.end === 'done' && this.#isWanted) void this.load()
  }

  async #read(): Promise<void> {
    try {
      const [list, downloads] = await Promise.all([workbench.call('models.list'), workbench.call('models.downloads')])
      this.list = list
      this.downloads = downloads
      this.error = null
    } catch (error) {
      this.error = error as WorkbenchError
    }
  }
}

export const models = new Models()

/** A model as it is now, with the memory that is free now. */
export class InspectedModel {
  readonly answer = new Latest<ModelInspection>()

  constructor(path: string) {
    void this.answer.ask(() => workbench.call('models.inspect', path, null))
  }
}

/** A checkpoint on its way into a folder. */
export class CheckpointExport {
  readonly answer = new Latest<ExportReport>()
  /** Data folder of the workbench. */
  home = $state('')

  constructor() {
    void workbench.call('workbench.info').then(
      ({ home }) => (this.home = home),
      () => {},
    )
  }

  write(run: string, request: ExportRequest): void {
    this.answer.forget()
    void this.answer.act(() => workbench.call('runs.export', run, request))
  }
}
