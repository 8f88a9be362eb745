/** What cheats earn from a reward, beside an honest failure and the right answer to the same tasks. */
import type { Component } from './components.ts'

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

export interface AttackReport {
  /** Name of the reward profile. */
  readonly profile: string
  readonly taskCount: number
  /** Tasks that were drawn and could not be attacked: no reference that passes, no known ports, no honest failure. */
  readonly skippedCount: number
  /** Mean rewards. */
  readonly right: number
  readonly honest: number
  /** Best paid first. */
  readonly cheats: readonly CheatResult[]
}
