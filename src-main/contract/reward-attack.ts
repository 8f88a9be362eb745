/**
 * What cheats earn from a reward, beside an honest failure and the right answer to the same tasks. Their scores stand apart from what they earn, so that
 * other profiles are tried on them without a tool.
 */
import { z } from 'zod'
import type { Component } from './components.ts'
import { scoresSchema } from './score.ts'

const attackedTaskSchema = z.strictObject({
  taskId: z.string().min(1),
  right: scoresSchema,
  /** More plausible ones first: the first that a profile can weigh is the one. */
  honest: z.array(scoresSchema).min(1),
  /** By the cheat's name. */
  cheats: z.record(z.string(), scoresSchema),
})
export type AttackedTask = z.infer<typeof attackedTaskSchema>

export const attackScoresSchema = z.strictObject({
  tasks: z.array(attackedTaskSchema).max(1000),
  /** Tasks that were drawn and could not be attacked: no reference that passes, no known ports, no honest failure. */
  skippedCount: z.int().min(0),
})
/** The evidence of these scores is its summary alone. */
export type AttackScores = z.infer<typeof attackScoresSchema>

export interface CheatResult {
  readonly cheat: string
  readonly meanReward: number
  /** The task on which it comes nearest to being worth it. */
  readonly worst: {
    readonly taskId: string
    readonly reward: number
    /** What an honest failure earns there. */
    readonly honest: number
    /** What it is paid for there, most first. */
    readonly paidBy: readonly Component[]
  }
  /** It is paid, and on average not less than an honest failure; or on some task more. */
  readonly isWorthIt: boolean
}

/** A change of one setting under which no cheat is worth it. */
export interface RewardRemedy {
  /** Dotted path, e.g. `reward.weights.compilation`. */
  readonly setting: string
  readonly value: number | string
}

export interface AttackReport {
  /** Name of the reward profile. */
  readonly profile: string
  readonly taskCount: number
  /** Tasks that were drawn and could not be attacked, or that the profile cannot weigh. */
  readonly skippedCount: number
  /** Mean rewards. */
  readonly right: number
  readonly honest: number
  /** Best paid first. */
  readonly cheats: readonly CheatResult[]
  /** Empty where no cheat is worth it, and where no single change is enough. */
  readonly remedies: readonly RewardRemedy[]
}

/** An attack, and what it found under the profile of its settings. */
export interface TriedReward {
  readonly scores: AttackScores
  readonly report: AttackReport
}

export interface AttackSoFar {
  readonly taskCount: number
  readonly triedCount: number
}

/** An attack went on. */
export interface AttackProgress extends AttackSoFar {
  /** Made by whoever asked. */
  readonly id: string
}
