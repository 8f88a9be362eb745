/** A run as a folder that W&B's own tool sends. */
import { z } from 'zod'

export const WANDB_PROJECT = 'veritune'

export const offlineRequestSchema = z.strictObject({
  /** Absolute path of the folder that gets the run's folder; an earlier export of the same run in it is replaced. */
  out: z.string().min(1),
  project: z.string().min(1).max(128),
  /** User or team at W&B; empty: that of whoever sends it. */
  entity: z.string().max(128),
})
export type OfflineRequest = z.infer<typeof offlineRequestSchema>

export interface OfflineReport {
  /** Of the run: `wandb sync` takes it. */
  readonly folder: string
  readonly bytes: number
  /** Line 0 is the evaluation before the first step. */
  readonly lineCount: number
  /** Last step that is in it. */
  readonly step: number
  /** The run has not ended: what comes later is not in it. */
  readonly isUnfinished: boolean
}
