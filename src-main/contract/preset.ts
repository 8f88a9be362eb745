/** A preset: all settings of a run at once, with what a person should know about them. Files of `resources/presets`. */
import { z } from 'zod'
import { runConfigSchema } from './run-config.ts'

export const presetSchema = z.strictObject({
  /** The file's name without its ending; `preset` of the config is the same. */
  name: z.string().regex(/^[a-z0-9-]+$/),
  title: z.string().min(1),
  description: z.string(),
  /** Where the settings differ from what was published, and why. */
  notes: z.array(z.string()),
  /** `name` and `seed` are defaults; `dataset.hash` is empty and filled in when a run is made. */
  config: runConfigSchema,
})
export type Preset = z.infer<typeof presetSchema>
