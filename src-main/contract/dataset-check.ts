/** What a look at a data set gives: what was found in its files, and a badge for each task. */
import { z } from 'zod'
import type { Badge } from './badges.ts'
import type { Split } from './splits.ts'
import type { Task } from './task.ts'

export interface TaskCheck {
  readonly id: string
  readonly split: Split
  readonly badge: Badge
  /** When healthy: empty, or a remark. */
  readonly reason: string
  readonly origin: NonNullable<Task['origin']> | null
}

/** Something in the files that a person should mend or know. */
export interface ImportProblem {
  readonly file: string
  /** Counts from 1; 0 = the whole file. */
  readonly line: number
  readonly field: string | null
  readonly message: string
  readonly fix: string
  /** The task was taken in nevertheless. */
  readonly isWarning: boolean
  /** The same task stands in another split. */
  readonly isLeak?: true
}

/** Which columns of a set of rows are what; a name with dots reaches into objects. */
export const columnMappingSchema = z.strictObject({
  prompt: z.string().min(1),
  reference: z.string().min(1).optional(),
  testbench: z.string().min(1).optional(),
  moduleName: z.string().min(1).optional(),
  split: z.string().min(1).optional(),
  id: z.string().min(1).optional(),
})
export type ColumnMapping = z.infer<typeof columnMappingSchema>

export interface DatasetCheck {
  /** Name of the layout that was recognised. */
  readonly layout: string
  readonly tasks: readonly TaskCheck[]
  readonly problems: readonly ImportProblem[]
  /** File with the healthy tasks, when one was asked for. */
  readonly written: string | null
}

/** What a check has found until now. */
export interface CheckSoFar {
  /** reading: all files are read through once; trying: each task is tried on its own reference. */
  readonly stage: 'reading' | 'trying'
  /** '' until one is recognised. */
  readonly layout: string
  /** Of those read until now; all of them once they are tried. */
  readonly taskCount: number
  readonly counts: Readonly<Record<Split, number>>
  /** Of those tried until now. */
  readonly badges: Readonly<Record<Badge, number>>
  /** Problems that kept a task away, and those that did not. */
  readonly problemCount: number
  readonly warningCount: number
  /** The first of either kind, and the first tasks that are not healthy. */
  readonly problems: readonly ImportProblem[]
  readonly unhealthy: readonly TaskCheck[]
}
