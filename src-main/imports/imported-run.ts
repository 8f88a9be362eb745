/** What a reader of another program's folder hands over, and how it says that it cannot. */
import { Failure } from '#contract/failure'
import type { JournalEntry, RolloutRecord } from '#contract/journal'
import type { RunOrigin } from '#contract/run-origin'

export interface ImportedRun {
  readonly origin: RunOrigin
  /** Of the folder, where a person gives no other. */
  readonly name: string
  /** Steps that it was to take. */
  readonly steps: number
  /** Time of the whole: such folders tell none of single steps. */
  readonly time: Date
  readonly entries: readonly JournalEntry[]
  /** Steps with completions. */
  readonly rolloutSteps: readonly number[]
  /** Throws Failure import.unreadable. */
  rolloutsOf(step: number): Promise<RolloutRecord[]>
}

export function unreadable(file: string, problem: string, remedy: string, options?: ErrorOptions): Failure {
  return new Failure('import.unreadable', { file, problem, remedy }, options)
}
