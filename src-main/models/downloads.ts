/** The downloads of a workbench: one for each folder, told how far they are, cut when the workbench closes. */
import { join } from 'node:path'
import type { DownloadedModel, DownloadProgress, DownloadRequest } from '#contract/model-download'
import { downloadModel, folderName } from './download-model.ts'
import { Hub, hubEndpoint } from './hub.ts'

const SILENCE_MS = 60_000

interface Running {
  progress: DownloadProgress
  readonly finished: Promise<DownloadedModel>
}

export class Downloads {
  readonly #modelsFolder: string
  readonly #environment: NodeJS.ProcessEnv
  readonly #running = new Map<string, Running>()
  readonly #stop = new AbortController()

  /** `environment`: HF_ENDPOINT and HF_TOKEN are read of it when a download begins. */
  constructor(modelsFolder: string, environment: NodeJS.ProcessEnv) {
    this.#modelsFolder = modelsFolder
    this.#environment = environment
  }

  get progress(): DownloadProgress[] {
    return [...this.#running.values()].map(({ progress }) => progress)
  }

  /** Ends with the download. Who asks for a folder that is on its way waits for the same. Throws as downloadModel does. */
  run(request: DownloadRequest): Promise<DownloadedModel> {
    const folder = request.folder ?? join(this.#modelsFolder, folderName(request.repository))
    const known = this.#running.get(folder)
    if (known !== undefined) return known.finished
    const { repository, revision } = request
    const hub = new Hub({
      endpoint: hubEndpoint(this.#environment),
      token: this.#environment.HF_TOKEN || null,
      wait: (milliseconds) => pause(milliseconds, this.#stop.signal),
      silenceMs: SILENCE_MS,
    })
    const onProgress = (file: string | null, doneBytes: number, totalBytes: number): void => {
      const running = this.#running.get(folder)
      if (running !== undefined) running.progress = { ...running.progress, file, doneBytes, totalBytes }
    }
    const order = { repository, revision, folder, onProgress, stop: this.#stop.signal }
    const finished = downloadModel(hub, order).finally(() => this.#running.delete(folder))
    this.#running.set(folder, { progress: { repository, folder, file: null, doneBytes: 0, totalBytes: 0 }, finished })
    return finished
  }

  /** What was fetched stays and is gone on from. */
  async close(): Promise<void> {
    this.#stop.abort()
    await Promise.allSettled([...this.#running.values()].map(({ finished }) => finished))
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
