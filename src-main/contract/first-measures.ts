/** first-measures.json: what the full evaluation before a run's first step measured on each task, in the order of its prompts. */
import { z } from 'zod'

const tallySchema = z.strictObject({ sum: z.number(), count: z.number() })

/** Of a task: its family, and by the name of each measure the sum over what was scored and how many that were. */
export const firstMeasuresSchema = z.array(z.strictObject({ family: z.string(), tallies: z.record(z.string(), tallySchema) }))
export type FirstMeasures = z.infer<typeof firstMeasuresSchema>
