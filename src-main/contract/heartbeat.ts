/** heartbeat.json of a run, rewritten about once a second: what its trainer does now. Curves and events stand in the journal. */
import { z } from 'zod'

export const heartbeatSchema = z.object({
  pid: z.int(),
  /** ISO-UTC, by the clock of the trainer's machine. */
  time: z.string(),
  /** The one under way; 0 before the first. */
  step: z.int().min(0),
  /** `start`, `paused`, or a stage of metrics.ts (`timing_s/…`). */
  stage: z.string(),
  /** Since the stage began. */
  seconds: z.number().min(0),
  /** Completions that the stage has generated or scored, and how many they are to be; null where it is not counted. */
  done: z.int().min(0),
  of: z.int().min(1).nullable(),
  /** `system/…` of this moment, for what the machine tells. */
  metrics: z.record(z.string(), z.number()),
})

export type Heartbeat = z.infer<typeof heartbeatSchema>
