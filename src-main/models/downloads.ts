/** The downloads of a workbench: one for each folder, told how far they are, cut when somebody cancels them or the workbench closes. */
import { join } from 'node:path'
import type { ErrorRecord } from '#contract/api'
import { Failure } from '#contract/failure'
import type { DownloadedModel, DownloadProgress, DownloadRequest } from '#contract/model-download'
import { downloadModel, folderName } from './download-model.ts'
import { Hub, hubEndpoint } from './hub.ts'

const SILENCE_MS = 60_000
/** Pieces come thousands of times a second. */
const TELL_EVERY_MS = 200

export interface DownloadsOptions {
  readonly modelsFolder: string
  /** HF_ENDPOINT and HF_TOKEN are read of it when a download begins. */
  readonly environment: NodeJS.ProcessEnv
  readonly tell: (progress: DownloadProgress) => void
  readonly errorRecord: (error: unknown) => ErrorRecord
}

interface Running {
  progress: DownloadProgress
  toldMs: number
  readonly stop: AbortController
  finished: Promise<DownloadedModel>
}

export class Downloads {
  readonly #options: DownloadsOptions
  readonly #running = new Map<string, Running>()

  constructor(options: DownloadsOptions) {
    this.#options = options
  }

  get progress(): DownloadProgress[] {
    return [...this.#running.values()].map(({ progress }) => progress)
  }

  /**
   * Ends with the download. Who asks for a folder that is on its way waits for the same. Throws Failure download.cancelled, and as downloadModel
   * does.
   */
  run(request: DownloadRequest): Promise<DownloadedModel> {
    const folder = request.folder ?? join(this.#options.modelsFolder, folderName(request.repository))
    const known = this.#running.get(folder)
    if (known !== undefined) return known.finished
    const { repository } = request
    const progress = { repository, folder, file: null, doneBytes: 0, totalBytes: 0, end: null }
    const running = { progress, toldMs: -Infinity, stop: new AbortController() } as Running
    running.finished = this.#download(request, running)
    this.#running.set(folder, running)
    return running.finished
  }

  /** Resolves when it has ended. What was fetched stays and is gone on from. */
  async cancel(folder: string): Promise<void> {
    const running = this.#running.get(folder)
    running?.stop.abort(new Failure('download.cancelled', { repository: running.progress.repository }))
    await running?.finished.catch(() => {})
  }

  async close(): Promise<void> {
    await Promise.all([...this.#running.keys()].map((folder) => this.cancel(folder)))
  }

  async #download({ repository, revision }: DownloadRequest, running: Running): Promise<DownloadedModel> {
    const { environment, errorRecord } = this.#options
    const { folder } = running.progress
    const stop = running.stop.signal
    try {
      const hub = new Hub({
        endpoint: hubEndpoint(environment),
        token: environment.HF_TOKEN || null,
        wait: (milliseconds) => pause(milliseconds, stop),
        silenceMs: SILENCE_MS,
        stop,
      })
      const onProgress = (file: string | null, doneBytes: number, totalBytes: number): void =>
        this.#tell(running, { file, doneBytes, totalBytes })
      const downloaded = await downloadModel(hub, { repository, revision, folder, onProgress, stop })
      this.#end(running, 'done')
      return downloaded
    } catch (error) {
      this.#end(running, stop.aborted ? 'cancelled' : errorRecord(error))
      throw stop.aborted ? stop.reason : error
    }
  }

  #tell(running: Running, change: Partial<DownloadProgress>): void {
    running.progress = { ...running.progress, ...change }
    const now = performance.now()
    if (now - running.toldMs < TELL_EVERY_MS) return
    running.toldMs = now
    this.#options.tell(running.progress)
  }

  #end(running: Running, end: DownloadProgress['end']): void {
    this.#running.delete(running.progress.folder)
    this.#options.tell({ ...running.progress, end })
  }
}

function pause(milliseconds: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onStop = (): void => {
      clearTimeout(timer)
      reject(stop.reason as Error)
    }
    const timer = setTimeout(() => {
      stop.removeEventListener('abort', onStop)
      resolve()
    }, milliseconds)
    stop.addEventListener('abort', onStop, { once: true })
  })
}
