/** Runs beside each other: what they reached on validation tasks, what differs in their settings, and who is ahead. */
import type { ReportedInterval } from './experiment.ts'

/** Runs that have the same settings but the seed. */
export interface ComparedGroup {
  /** Stands in verdicts, e.g. `GRPO`. */
  readonly title: string
  readonly runs: readonly string[]
  /** Measure -> mean over the group's runs with its 95 % interval over seeds and tasks; of the last evaluation of each run, none before the first. */
  readonly measures: Readonly<Record<string, ReportedInterval>>
  /** Steps of those evaluations. */
  readonly steps: readonly number[]
}

export interface SettingDifference {
  /** Path in the config. */
  readonly path: string
  /** Of each run, in their order, as JSON; null where the setting is not there. */
  readonly values: readonly (string | null)[]
}

export interface RunComparison {
  /** In the order in which they were asked for. */
  readonly runs: readonly string[]
  readonly groups: readonly ComparedGroup[]
  /** Validation tasks that all of them were evaluated on; 0: there is nothing to compare yet. */
  readonly taskCount: number
  readonly verdicts: readonly string[]
  readonly differences: readonly SettingDifference[]
}

/** What the last evaluation of a run measured, task by task; values by measure, null where nothing was scored. */
export interface StoredEvaluation {
  readonly step: number
  readonly tasks: readonly {
    readonly id: string
    readonly family: string
    readonly values: Readonly<Record<string, number | null>>
  }[]
}
