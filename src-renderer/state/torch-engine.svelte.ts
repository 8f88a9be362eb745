import type { TorchBackend } from '#contract/torch-backends'
import type { TorchProgress, TorchState } from '#contract/torch-environment'
import { workbench, WorkbenchError } from '../workbench.ts'
import { Latest } from './latest.svelte.ts'
import { begunNow } from './torch-progress.ts'

/** The PyTorch environment of the data folder, kept up to date by the workbench's events, from whichever window it is installed. */
export class TorchEngine {
  readonly state = new Latest<TorchState>()
  progress = $state.raw<TorchProgress | null>(null)
  /** Why it was not installed, or not removed. */
  refusal = $state.raw<WorkbenchError | null>(null)
  /** What was done last, in words for whoever cannot see it. */
  said = $state('')
  readonly #onchange: () => void

  /** onchange: it was installed or removed. */
  constructor(onchange: () => void) {
    this.#onchange = onchange
    void this.#look()
  }

  /** Returns what ends the listening. */
  listen(): () => void {
    const ends = [
      workbench.on('torch.progress', (progress) => this.#take(progress)),
      workbench.onConnection((connection) => {
        if (connection === 'open') void this.#look()
      }),
    ]
    return () => ends.forEach((end) => end())
  }

  /** Ends with the installation; one that was cancelled is no refusal. */
  async install(backend: TorchBackend): Promise<void> {
    // At once, not with the first event: who asked can cancel it.
    this.progress = begunNow()
    await this.#tried(() => workbench.call('torch.install', backend))
    await this.#look()
  }

  async cancel(): Promise<void> {
    await this.#tried(() => workbench.call('torch.cancel'))
  }

  async remove(): Promise<void> {
    if (!(await this.#tried(() => workbench.call('torch.remove')))) return
    this.said = 'PyTorch is removed.'
    await this.#look()
    this.#onchange()
  }

  #take(progress: TorchProgress): void {
    this.progress = progress.end === null ? progress : null
    if (progress.end === null) return
    this.said =
      progress.end === 'done'
        ? 'PyTorch is installed.'
        : progress.end === 'cancelled'
          ? 'Cancelled; nothing was left behind.'
          : ''
    void this.#look()
    if (progress.end === 'done') this.#onchange()
  }

  /** True: it was done. */
  async #tried(act: () => Promise<unknown>): Promise<boolean> {
    this.refusal = null
    this.said = ''
    try {
      await act()
      return true
    } catch (error) {
      if (!(error instanceof WorkbenchError)) throw error
      // An installation goes on while its window is away: its events come when the line is there again.
      if (error.code !== 'environment.cancelled' && error.code !== 'connection.lost') this.refusal = error
      return false
    }
  }

  async #look(): Promise<void> {
    await this.state.ask(() => workbench.call('torch.state'))
    this.progress = this.state.value?.progress ?? null
  }
}
