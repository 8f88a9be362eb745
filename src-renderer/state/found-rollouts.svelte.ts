import type { FoundRollouts, RolloutKind } from '#contract/rollout-kinds'
import { workbench, type WorkbenchError } from '../workbench.ts'

/** Steps of a run with completions of a kind, read part by part from the newest on. */
export class FoundSteps {
  kind = $state<RolloutKind | null>(null)
  steps = $state.raw<FoundRollouts['steps']>([])
  /** Where the next part begins; null: all was looked through. */
  before = $state<number | null>(null)
  isLooking = $state(false)
  error = $state.raw<WorkbenchError | null>(null)
  readonly #runId: string
  /** Answers to an earlier question are passed over. */
  #question = 0

  constructor(runId: string) {
    this.#runId = runId
  }

  look(kind: RolloutKind): Promise<void> {
    this.kind = kind
    this.steps = []
    this.before = null
    return this.#read(kind, null)
  }

  async lookFurther(): Promise<void> {
    if (this.kind !== null && this.before !== null) await this.#read(this.kind, this.before)
  }

  async #read(kind: RolloutKind, before: number | null): Promise<void> {
    const question = ++this.#question
    this.isLooking = true
    this.error = null
    try {
      // A part without a find leads on to the next: what is rare is not asked for again and again.
      let found: FoundRollouts = { steps: [], before }
      do {
        found = await workbench.call('rollouts.find', this.#runId, kind, found.before)
        if (question !== this.#question) return
        this.before = found.before
      } while (found.steps.length === 0 && found.before !== null)
      this.steps = [...this.steps, ...found.steps]
    } catch (error) {
      if (question === this.#question) this.error = error as WorkbenchError
    }
    if (question === this.#question) this.isLooking = false
  }
}
