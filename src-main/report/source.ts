/** What a report is made from: all that was read of runs, and nothing that a format needs. */
import type { MetricColumn, RunDetail } from '#contract/api'
import type { RunComparison } from '#contract/comparison'
import type { ExperimentPlan, ExperimentReport } from '#contract/experiment'
import type { JournalEvent, RolloutRecord } from '#contract/journal'

export interface ReportSource {
  /** null: made from what is compared. */
  readonly title: string | null
  /** What somebody wanted to know; null: made from what is compared. */
  readonly question: string | null
  readonly madeAt: Date
  /** Of VeriTune. */
  readonly version: string
  /** Of all the runs, one or more. */
  readonly comparison: RunComparison
  /** In the comparison's order. */
  readonly runs: readonly ReportedRun[]
  /** One for each of the comparison's groups. */
  readonly completions: readonly PickedCompletions[]
  /** The experiment that the runs belong to; its report is there once it has read the test tasks. */
  readonly experiment: ReportedExperiment | null
}

export interface ReportedRun {
  readonly detail: RunDetail
  /** The journal without the mere points of curves. */
  readonly landmarks: readonly JournalEvent[]
  readonly columns: readonly MetricColumn[]
}

export interface ReportedExperiment {
  readonly id: string
  readonly plan: ExperimentPlan
  readonly report: ExperimentReport | null
}

/** A completion of the last evaluation of a run. */
export interface EvaluatedCompletion {
  readonly run: string
  readonly record: RolloutRecord
}

export interface PickedCompletions {
  readonly best: readonly EvaluatedCompletion[]
  readonly worst: readonly EvaluatedCompletion[]
  /** How many these were picked from. */
  readonly count: number
}
