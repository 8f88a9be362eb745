/** A reward profile: how five scores become one reward. Edited in the screen, changeable while a run goes on. */
import { z } from 'zod'

const weight = z.number().min(0).max(100)

export const rewardProfileSchema = z.strictObject({
  schemaVersion: z.literal(1),
  name: z.string().min(1).max(80),
  weights: z
    .strictObject({ compilation: weight, functional: weight, synthesis: weight, reasoning: weight, quality: weight })
    .refine((weights) => Object.values(weights).some((value) => value > 0), 'at least one weight must be above 0'),
  /** none: plain sum · compile: R = 0 unless it compiles · functional: synthesis, reasoning, quality count only if functional passes. */
  gating: z.enum(['none', 'compile', 'functional']),
  /** graded: share of matching cycles above the trivial designs · binary: 1 only if every cycle matches. */
  functional: z.enum(['graded', 'binary']),
  /** weights: R = Σ w·s / Σ w, so 0..1 · none: R = Σ w·s. */
  normalise: z.enum(['weights', 'none']),
})
export type RewardProfile = z.infer<typeof rewardProfileSchema>
