/** Tasks that several runs wrote completions for, and what each wrote. Apart from the schemas, so that screens can name it without carrying a validator. */
import type { CompletionSource } from './completion-source.ts'
import type { RolloutRecord } from './journal.ts'

/** So many runs can be read side by side. */
export const MOST_BESIDE = 6

/** What is shown of each completion: reasoning and module, all of it, or where it differs line by line from that of the first run. */
export const COMPLETION_PARTS = ['module', 'whole', 'lines'] as const
export type CompletionPart = (typeof COMPLETION_PARTS)[number]

export interface SharedTask {
  readonly id: string
  readonly family: string
  /** Of each run, in the order in which they were asked for: the share of its completions that pass; null where none was scored. */
  readonly passed: readonly (number | null)[]
}

export interface SharedTasks {
  /** Their last evaluations; where one of the runs has none, or they share no task: their training. */
  readonly source: CompletionSource
  /** First those in which the runs differ most. */
  readonly tasks: readonly SharedTask[]
}

/** What one run wrote for a task, in the order in which it was sampled. */
export interface RunCompletions {
  readonly run: string
  /** Of the evaluation, or of the training step that drew the task last; null where nothing is there any more. */
  readonly step: number | null
  readonly rollouts: readonly RolloutRecord[]
}
