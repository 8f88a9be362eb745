/** The data sets that a workbench knows: the starter's, those that its runs used, and those that were checked here. */
import { z } from 'zod'
import type { ErrorRecord } from './api.ts'
import { BADGES, type Badge } from './badges.ts'
import { columnMappingSchema, type CheckSoFar } from './dataset-check.ts'
import { SPLITS } from './splits.ts'
import type { Task } from './task.ts'

const count = z.int().min(0)

/** What is kept of a check: `record.json` in a folder below `<home>/datasets`, beside `check.json`, which holds all that was found. */
export const checkRecordSchema = z.strictObject({
  schemaVersion: z.literal(1),
  /** `starter` or the absolute path that was checked. */
  path: z.string().min(1),
  /** ISO-UTC. */
  checkedAt: z.iso.datetime(),
  layout: z.string(),
  mapping: columnMappingSchema.nullable(),
  /** Files with the healthy tasks and with the others; null where there are none. */
  tasks: z.string().nullable(),
  unfit: z.string().nullable(),
  /** Of the healthy tasks. */
  counts: z.record(z.enum(SPLITS), count),
  badges: z.record(z.enum(BADGES), count),
  problemCount: count,
  warningCount: count,
  /** Tasks that stand in another split as well. */
  leakCount: count,
  /** As far as the files name any. */
  licences: z.array(z.string()),
})
export type CheckRecord = z.infer<typeof checkRecordSchema>

export interface KnownDataset {
  /** `starter`, or the absolute path that a run named or that was checked. */
  readonly path: string
  /** What a run trains on (`dataset.id`); null where nothing can be trained on. */
  readonly tasks: string | null
  /** Of those tasks; null where they cannot be read. */
  readonly counts: CheckRecord['counts'] | null
  /** Why they cannot be read, and what to do; null where they can. */
  readonly problem: string | null
  /** null: never checked here. */
  readonly check: CheckRecord | null
  /** Runs of this workbench that train on it. */
  readonly runCount: number
}

/** A task as a row of a list. */
export interface TaskRow extends Pick<Task, 'id' | 'split' | 'family' | 'difficulty' | 'moduleName'> {
  /** The beginning of the instruction. */
  readonly beginning: string
  readonly origin: NonNullable<Task['origin']> | null
}

export interface BrowsedTask extends TaskRow {
  /** null: never tried here. */
  readonly badge: Badge | null
  /** Of the badge; may be empty. */
  readonly reason: string
  /** The same task stands in another split. */
  readonly isLeak: boolean
}

export interface CheckProgress extends CheckSoFar {
  readonly path: string
  /** ISO-UTC. */
  readonly startedAt: string
  /** null while nothing can be foretold. */
  readonly secondsLeft: number | null
  /** null while it goes on; an error for a check that failed. */
  readonly end: 'done' | 'cancelled' | ErrorRecord | null
}
