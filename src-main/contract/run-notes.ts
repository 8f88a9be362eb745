/** What a person says about a run, and may change at any time. */
import { z } from 'zod'

const MAX_TAGS = 20

const tag = z.string().trim().min(1).max(40)

/** notes.json, but for the time of making. */
export const runNotesSchema = z.strictObject({
  name: z.string().trim().min(1).max(120),
  tags: z
    .array(tag)
    .max(MAX_TAGS)
    .transform((tags) => [...new Set(tags)]),
  text: z.string().max(10_000),
  /** Out of sight in the list, and otherwise as it was. */
  isArchived: z.boolean(),
})
export type RunRemarks = z.infer<typeof runNotesSchema>

/** What is left out stays. */
export const notesChangeSchema = runNotesSchema.partial()
export type NotesChange = z.infer<typeof notesChangeSchema>
