import type { PresetInfo } from '#contract/api'
import type { ExperimentPlan } from '#contract/experiment'
import { workbench, WorkbenchError } from '../workbench.ts'
import { Latest } from './latest.svelte.ts'
import { drawOnce } from './once.ts'

/** What an experiment can be made of. */
export interface Choices {
  /** They ship with VeriTune. */
  readonly plans: readonly ExperimentPlan[]
  readonly presets: readonly PresetInfo[]
}

/** Starts experiments, one at a time. */
export class ExperimentStart {
  readonly choices = new Latest<Choices>()
  isStarting = $state(false)
  /** What was refused, with the field that is to be mended. */
  error = $state.raw<WorkbenchError | null>(null)

  loadChoices(): void {
    void this.choices.ask(async () => {
      const [plans, presets] = await Promise.all([workbench.call('experiments.plans'), workbench.call('presets.list')])
      return { plans, presets }
    })
  }

  /** plan: the name of one that ships, or one that was made; once: the act that asks. Its id; null when it was refused, then `error` says why. */
  start(plan: string | ExperimentPlan, once = drawOnce()): Promise<string | null> {
    return this.#begin(async () => (await workbench.call('experiments.start', plan, once)).id)
  }

  /** One run of a preset, of so many steps. */
  startRun(preset: string, steps: number, name: string): Promise<string | null> {
    return this.#begin(async () => (await workbench.call('runs.create', { preset, overrides: { steps, name } }, drawOnce())).id)
  }

  async #begin(create: () => Promise<string>): Promise<string | null> {
    this.isStarting = true
    this.error = null
    try {
      return await create()
    } catch (error) {
      this.error = error instanceof WorkbenchError ? error : new WorkbenchError({ code: 'unknown', message: String(error) })
      return null
    } finally {
      this.isStarting = false
    }
  }
}
