import type { ModelInspection } from '#contract/model-inspection'
import type { RunConfig } from '#contract/run-config'
import type { StepTime } from '#contract/step-time'
import { workbench } from '../workbench.ts'
import { Latest } from './latest.svelte.ts'

/** A number that is being typed is not asked about digit by digit. */
const PAUSE_MS = 400

/** What a run to come takes: memory by its settings, time by what runs before it measured. The newest settings count. */
export class RunOutlook {
  /** Of the model with these settings; null for engines whose memory is not counted. */
  readonly model = new Latest<ModelInspection | null>()
  /** null: no run has measured a step like that. */
  readonly stepTime = new Latest<StepTime | null>()
  #isWaiting = $state(false)
  #timer: ReturnType<typeof setTimeout> | undefined
  /** Settings that were looked at last. */
  #seen = ''

  get isBusy(): boolean {
    return this.#isWaiting || this.model.isBusy || this.stepTime.isBusy
  }

  /** To be called with every change of settings that are fine. */
  look(config: RunConfig): void {
    const { name: _name, seed: _seed, reward: _reward, preset: _preset, ...counted } = config
    const seen = JSON.stringify(counted)
    if (seen === this.#seen) return
    this.#seen = seen
    clearTimeout(this.#timer)
    this.#isWaiting = true
    this.#timer = setTimeout(() => this.#ask(config), PAUSE_MS)
  }

  /** Nobody looks any more. */
  close(): void {
    clearTimeout(this.#timer)
  }

  #ask(config: RunConfig): void {
    this.#isWaiting = false
    void this.model.ask(async () => (config.engine !== 'fake' ? workbench.call('models.inspect', config.model, config) : null))
    void this.stepTime.ask(() => workbench.call('runs.step-time', config))
  }
}
