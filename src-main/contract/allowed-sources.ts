/** Data sets whose designs a person lets native simulators run without a sandbox, on this machine. A file beside the store. */
import { z } from 'zod'

export const allowedSourcesSchema = z.strictObject({
  schemaVersion: z.literal(1),
  /** `starter`, or absolute paths of data sets, with the time of the permission in ISO 8601. */
  sources: z.array(z.strictObject({ dataset: z.string().min(1), allowedAt: z.iso.datetime() })),
})
export type AllowedSources = z.infer<typeof allowedSourcesSchema>
