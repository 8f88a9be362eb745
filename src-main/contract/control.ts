/** Commands to a running trainer: lines of `control.jsonl`, appended by whoever drives the run. */
import { z } from 'zod'
import { rewardProfileSchema } from './reward-profile.ts'

export const controlCommandSchema = z.discriminatedUnion('command', [
  z.object({ id: z.string(), time: z.string(), command: z.literal('pause') }),
  z.object({ id: z.string(), time: z.string(), command: z.literal('continue') }),
  /** Ends the run after the current micro-step, with a checkpoint. */
  z.object({ id: z.string(), time: z.string(), command: z.literal('stop') }),
  z.object({ id: z.string(), time: z.string(), command: z.literal('checkpoint') }),
  /** Takes effect with the next step that is weighed. */
  z.object({ id: z.string(), time: z.string(), command: z.literal('set-reward'), argument: rewardProfileSchema }),
])
export type ControlCommand = z.infer<typeof controlCommandSchema>
/** A command before it has got its id and time. */
export const controlRequestSchema = z.discriminatedUnion('command', [
  z.strictObject({ command: z.literal('pause') }),
  z.strictObject({ command: z.literal('continue') }),
  z.strictObject({ command: z.literal('stop') }),
  z.strictObject({ command: z.literal('checkpoint') }),
  z.strictObject({ command: z.literal('set-reward'), argument: rewardProfileSchema }),
])
export type ControlRequest = z.infer<typeof controlRequestSchema>
