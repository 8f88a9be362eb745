import type { RolloutRecord } from '#contract/journal'
import { workbench, type WorkbenchError } from '../workbench.ts'

/** The rollouts of one step of one run; reading another step forgets the first. */
export class StepRollouts {
  step = $state<number | null>(null)
  records = $state.raw<readonly RolloutRecord[]>([])
  isLoading = $state(false)
  error = $state.raw<WorkbenchError | null>(null)

  async open(runId: string, step: number): Promise<void> {
    this.step = step
    this.isLoading = true
    this.error = null
    try {
      const records = await workbench.call('runs.rollouts', runId, step)
      // A quick second choice may be answered before the first one.
      if (this.step === step) this.records = records
    } catch (error) {
      if (this.step === step) {
        this.records = []
        this.error = error as WorkbenchError
      }
    }
    if (this.step === step) this.isLoading = false
  }
}
