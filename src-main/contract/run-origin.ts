/** Runs that another program made, read for comparison. */
import { z } from 'zod'

export const IMPORT_TOOLS = ['trl'] as const

/**
 * origin.json in the run directory of an imported run. Of its config.json only name and steps were told; the rest is there because a config is
 * whole, and is shown to nobody.
 */
export const runOriginSchema = z.strictObject({
  tool: z.enum(IMPORT_TOOLS),
  /** TRL's trainer, e.g. `GRPO`; null where no file names it. */
  trainer: z.string().nullable(),
  /** Of the tool. */
  version: z.string().nullable(),
  /** Absolute path that was read. */
  folder: z.string(),
  /** What the folder says of the run, under the tool's own names. */
  told: z.record(z.string(), z.union([z.string(), z.number()])),
  /** What a reader of the numbers should know, in sentences. */
  remarks: z.array(z.string()),
})
export type RunOrigin = z.infer<typeof runOriginSchema>

export const importRequestSchema = z.strictObject({
  tool: z.enum(IMPORT_TOOLS),
  /** Absolute path. */
  folder: z.string().min(1),
  /** null: the folder's own. */
  name: z.string().trim().min(1).max(120).nullable(),
})
export type ImportRequest = z.infer<typeof importRequestSchema>

export interface ImportReport {
  readonly id: string
  /** Steps that were logged. */
  readonly stepCount: number
  readonly completionCount: number
  readonly remarks: readonly string[]
}
