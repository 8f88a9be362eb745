import type { CompletionSource } from '#contract/completion-source'
import type { RolloutRecord } from '#contract/journal'
import { workbench, type WorkbenchError } from '../workbench.ts'

/** The rollouts of one step, or of one evaluation, of one run; reading another one forgets the first. */
export class StepRollouts {
  #asked = ''
  records = $state.raw<readonly RolloutRecord[]>([])
  /** The file that they were read from, and how many of its lines could not be; null: all could. */
  damage = $state.raw<{ readonly file: string; readonly unreadable: number } | null>(null)
  isLoading = $state(false)
  error = $state.raw<WorkbenchError | null>(null)

  async open(runId: string, step: number, source: CompletionSource): Promise<void> {
    const asked = `${source} ${step}`
    this.#asked = asked
    this.isLoading = true
    this.error = null
    try {
      const { records, file, unreadable } = await workbench.call('runs.rollouts', runId, step, source)
      // A quick second choice may be answered before the first one.
      if (this.#asked === asked) {
        this.records = records
        this.damage = unreadable === 0 ? null : { file, unreadable }
      }
    } catch (error) {
      if (this.#asked === asked) {
        this.records = []
        this.damage = null
        this.error = error as WorkbenchError
      }
    }
    if (this.#asked === asked) this.isLoading = false
  }
}
