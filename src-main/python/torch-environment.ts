/** The PyTorch environment of a workbench: one installation at a time, told how far it is, ended when somebody cancels it or the workbench closes. */
import { join } from 'node:path'
import type { ErrorRecord } from '#contract/api'
import { Failure } from '#contract/failure'
import type { Gpu } from '#contract/gpu'
import type { TorchBackend } from '#contract/torch-backends'
import type { InstalledTorch, TorchProgress, TorchState } from '#contract/torch-environment'
import { findPip, findUv, uvRemedy } from './find-installer.ts'
import { installTorch, removeTorch } from './install.ts'
import { chooseInstaller } from './refuse.ts'
import { readTorch, torchFolders } from './torch-folder.ts'

/** uv says many lines a second while it installs. */
const TELL_EVERY_MS = 100

export interface TorchEnvironmentOptions {
  readonly home: string
  /** Folder native/ of the checkout or the package. */
  readonly nativePath: string
  readonly gpus: () => Promise<readonly Gpu[]>
  /** Name of a run that trains by PyTorch now; null without. */
  readonly usedBy: () => Promise<string | null>
  readonly tell: (progress: TorchProgress) => void
  readonly errorRecord: (error: unknown) => ErrorRecord
  readonly now: () => Date
}

interface Running {
  progress: TorchProgress
  toldMs: number
  timer: ReturnType<typeof setTimeout> | null
  readonly stop: AbortController
  finished: Promise<InstalledTorch>
}

export class TorchEnvironment {
  readonly #options: TorchEnvironmentOptions
  #running: Running | null = null

  constructor(options: TorchEnvironmentOptions) {
    this.#options = options
  }

  async state(): Promise<TorchState> {
    const { whole } = torchFolders(this.#options.home)
    return {
      folder: whole,
      ...readTorch(whole),
      named: process.env.VERITUNE_PYTHON || null,
      installer: (await findUv()) ?? (await findPip()),
      uvRemedy: uvRemedy(),
      progress: this.#running?.progress ?? null,
    }
  }

  /** Ends with the installation. Throws the environment.* failures. */
  install(backend: TorchBackend): Promise<InstalledTorch> {
    if (this.#running !== null) return this.#running.finished
    const startedAt = this.#options.now().toISOString()
    const progress: TorchProgress = { stage: 'python', line: '', totalBytes: 0, doneBytes: 0, startedAt, end: null }
    const running = { progress, toldMs: -Infinity, timer: null, stop: new AbortController() } as Running
    this.#running = running
    running.finished = this.#install(backend, running)
    return running.finished
  }

  /** Resolves when nothing is left of it. */
  async cancel(): Promise<void> {
    const running = this.#running
    running?.stop.abort(new Failure('environment.cancelled'))
    await running?.finished.catch(() => {})
  }

  /** Throws Failure environment.in-use, environment.busy. */
  async remove(): Promise<void> {
    await this.#refuseInUse()
    await removeTorch(torchFolders(this.#options.home))
  }

  close(): Promise<void> {
    return this.cancel()
  }

  async #install(backend: TorchBackend, running: Running): Promise<InstalledTorch> {
    const { home, nativePath, gpus, now, errorRecord } = this.#options
    try {
      this.#tell(running, {})
      const installer = chooseInstaller(await findUv(), await findPip(), backend)
      await this.#refuseInUse()
      const installed = await installTorch({
        folders: torchFolders(home),
        installer,
        backend,
        gpus: await gpus(),
        lockFile: join(nativePath, 'torch-lock.txt'),
        proofFile: join(nativePath, 'prove_torch.py'),
        now,
        onProgress: (change) => this.#tell(running, change),
        stop: running.stop.signal,
      })
      this.#end(running, 'done')
      return installed
    } catch (error) {
      const { stop } = running
      this.#end(running, stop.signal.aborted ? 'cancelled' : errorRecord(error))
      throw error
    }
  }

  /** Its files must not go from under a run. */
  async #refuseInUse(): Promise<void> {
    if (readTorch(torchFolders(this.#options.home).whole).installed === null || process.env.VERITUNE_PYTHON) return
    const run = await this.#options.usedBy()
    if (run !== null) throw new Failure('environment.in-use', { run })
  }

  #tell(running: Running, change: Partial<TorchProgress>): void {
    running.progress = { ...running.progress, ...change }
    if (running.timer !== null) return
    // The last line before a long silence is told as well.
    const waitMs = Math.max(0, running.toldMs + TELL_EVERY_MS - performance.now())
    running.timer = setTimeout(() => {
      running.timer = null
      running.toldMs = performance.now()
      this.#options.tell(running.progress)
    }, waitMs)
  }

  #end(running: Running, end: TorchProgress['end']): void {
    this.#running = null
    clearTimeout(running.timer ?? undefined)
    this.#options.tell({ ...running.progress, end })
  }
}
