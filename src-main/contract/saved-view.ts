/** What a screen shows, saved by a person under a name: a file each in `<home>/views`, so that it can be handed on. */
import { z } from 'zod'
import { runId } from './run-id.ts'
import { RUN_SORT_KEYS } from './run-list-sort.ts'
import { COMPLETION_PARTS, MOST_BESIDE } from './shared-tasks.ts'

export const runListViewSchema = z.strictObject({
  /** Words that must all be there, in name, status, algorithm, preset, tags or remarks, `#tag` in the tags; and conditions as `groupSize=8`. */
  wanted: z.string().max(500),
  isArchiveShown: z.boolean(),
  sort: z.enum(RUN_SORT_KEYS),
  isDescending: z.boolean(),
  /** `status`, `tag`, or the path of a setting; null: one list. */
  groupBy: z.string().min(1).max(200).nullable(),
})
export type RunListView = z.infer<typeof runListViewSchema>

/** Completions for one task side by side; each is left out where it is as the page chooses it. */
export const samePromptViewSchema = z.strictObject({
  taskId: z.string().min(1).max(500).optional(),
  runIds: z.array(runId).min(1).max(MOST_BESIDE).readonly().optional(),
  /** Which one of each of these runs, from 1. */
  completions: z.array(z.int().min(1).max(10_000)).max(MOST_BESIDE).readonly().optional(),
  part: z.enum(COMPLETION_PARTS).optional(),
})
export type SamePromptView = z.infer<typeof samePromptViewSchema>

export const compareViewSchema = z.strictObject({
  runIds: z.array(runId).min(1).max(50).readonly(),
  /** What a line stands for; left out: as it suits the runs. */
  overlay: z.enum(['run', 'group']).optional(),
  /** A run of the group that the others are held against; left out: the first group. */
  baseline: runId.optional(),
  samePrompt: samePromptViewSchema.optional(),
})
export type CompareView = z.infer<typeof compareViewSchema>

export const viewName = z.string().trim().min(1).max(120)

export const savedViewSchema = z.strictObject({
  schemaVersion: z.literal(1),
  name: viewName,
  view: z.discriminatedUnion('page', [
    runListViewSchema.extend({ page: z.literal('runs') }),
    compareViewSchema.extend({ page: z.literal('compare') }),
  ]),
})
export type SavedView = z.infer<typeof savedViewSchema>

export interface SavedViews {
  /** By name. */
  readonly views: readonly SavedView[]
  /** Files that hold no view that can be used, and why. */
  readonly problems: readonly { readonly file: string; readonly problem: string }[]
}
