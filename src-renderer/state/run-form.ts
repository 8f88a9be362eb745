import type { RunConfig } from '#contract/run-config'
import type { WorkbenchError } from '../workbench.ts'

/** The settings of a run that is being prepared, whatever they began with. */
export interface RunFormDraft {
  readonly config: RunConfig | null
  /** What the workbench refused, with the field that is to be mended. */
  readonly error: WorkbenchError | null
  readonly isStarting: boolean
  change(config: RunConfig): void
  /** Id of the run that was started; null when it was refused, then `error` says why. */
  start(): Promise<string | null>
}
