import type { CloneOrigin } from '#contract/clone'
import type { RunConfig } from '#contract/run-config'
import type { PresetInfo } from '#contract/api'
import { workbench, WorkbenchError } from '../workbench.ts'
import { changedSettings, checkpointUpTo, firstSettings, withAlgorithmOf } from './clone-settings.ts'

/** A run that goes on from a checkpoint of another: its settings, and what a person changed of them. */
export class CloneDraft {
  origin = $state.raw<CloneOrigin | null>(null)
  config = $state.raw<RunConfig | null>(null)
  presets = $state.raw<readonly PresetInfo[]>([])
  /** What the workbench refused, with the field that is to be mended. */
  error = $state.raw<WorkbenchError | null>(null)
  isStarting = $state(false)
  readonly #runId: string

  /** step: the checkpoint is the last one up to it; null: the newest. */
  constructor(runId: string, step: number | null) {
    this.#runId = runId
    void this.#load(step)
  }

  /** Another checkpoint of the same run; what was changed stays changed. */
  async chooseStep(step: number): Promise<void> {
    const before = { origin: this.origin, config: this.config }
    await this.#try(async () => {
      const origin = await workbench.call('runs.origin', this.#runId, step)
      const changes = before.origin && before.config ? changedSettings(firstSettings(before.origin), before.config) : {}
      this.origin = origin
      this.config = { ...firstSettings(origin), ...changes }
    })
  }

  /** The settings of that algorithm as its presets have them; all others stay. */
  chooseAlgorithm(name: RunConfig['algorithm']['name']): void {
    if (this.config && this.origin) this.change(withAlgorithmOf(name, this.config, this.origin, this.presets))
  }

  change(config: RunConfig): void {
    this.config = config
    this.error = null
  }

  /** Id of the run that was started; null when it was refused, then `error` says why. */
  async start(): Promise<string | null> {
    const { origin, config } = this
    if (!origin || !config) return null
    let id: string | null = null
    this.isStarting = true
    await this.#try(async () => {
      const overrides = changedSettings(origin.config, config)
      id = (await workbench.call('runs.clone', { run: origin.run, step: origin.step, overrides })).id
    })
    this.isStarting = false
    return id
  }

  async #load(step: number | null): Promise<void> {
    await this.#try(async () => {
      const newest = await workbench.call('runs.origin', this.#runId, null)
      const wanted = checkpointUpTo(newest.checkpoints, step)
      this.origin = wanted === newest.step ? newest : await workbench.call('runs.origin', this.#runId, wanted)
      this.config = firstSettings(this.origin)
      this.presets = await workbench.call('presets.list')
    })
  }

  async #try(act: () => Promise<void>): Promise<void> {
    this.error = null
    try {
      await act()
    } catch (error) {
      this.error = error instanceof WorkbenchError ? error : new WorkbenchError({ code: 'unknown', message: String(error) })
    }
  }
}
