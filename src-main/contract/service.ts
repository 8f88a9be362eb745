/**
 * What the workbench asks of the trainer's long-lived service: one JSON line `{id, method, args}` in, one `{id, result}` or `{id, failure}` out,
 * before it any number of `{id, progress}`. A line `{cancel: id}` ends a call early.
 * Between builds of one version, so that types are trusted and only the line itself is looked at.
 */
import type { TaskSummary } from './api.ts'
import type { EvaluationReport } from './evaluation.ts'
import type { StoredEvaluation } from './comparison.ts'
import type { CheckSoFar, ColumnMapping, DatasetCheck } from './dataset-check.ts'
import type { Gpu } from './gpu.ts'
import type { RolloutRecord } from './journal.ts'
import type { TaskRow } from './known-datasets.ts'
import type { KnownCheckpoint } from './known-models.ts'
import type { ExportReport, ExportRequest } from './model-export.ts'
import type { ModelInspection } from './model-inspection.ts'
import type { CompletionSoFar, PlaygroundCompletion, PromptChoice } from './playground.ts'
import type { RewardProfile } from './reward-profile.ts'
import type { ReweighOrder, ReweighReport, WeighedScores } from './reweigh.ts'
import type { Judge, RunConfig } from './run-config.ts'
import type { AttackReport, AttackScores, AttackSoFar, TriedReward } from './reward-attack.ts'
import type { ScoreReport, Scores } from './score.ts'
import type { CompletionSource } from './completion-source.ts'
import type { Split } from './splits.ts'
import type { Task } from './task.ts'
import type { LogprobsSoFar, TokenLogprobs } from './token-logprobs.ts'

/** best: where validation pass@1 was highest; a number: the checkpoint of that step. */
export type CheckpointChoice = 'newest' | 'best' | number

export interface EvaluationOrder {
  readonly config: RunConfig
  /** Run directory and which of its checkpoints is evaluated; null = the model as it is. */
  readonly run: { readonly directory: string; readonly checkpoint: CheckpointChoice } | null
  readonly split: Exclude<Split, 'train'>
  /** Model that is measured beside it; null = none. */
  readonly base: string | null
  /** Completions of each task for pass@k at temperature 1; the config's samples are the least. */
  readonly draws: number
}

export interface ExportOrder {
  readonly config: RunConfig
  readonly runDirectory: string
  readonly request: ExportRequest
}

export interface CompletionOrder {
  /** Its sampling and its seed are those of the completion. */
  readonly config: RunConfig
  /** null = the model as it is. */
  readonly run: { readonly directory: string; readonly checkpoint: CheckpointChoice } | null
  readonly prompt: PromptChoice
}

export interface LogprobsOrder {
  readonly config: RunConfig
  readonly runDirectory: string
  readonly rollout: RolloutRecord
  readonly source: CompletionSource
}

export interface DatasetCheckOrder {
  /** `starter`, file or folder. */
  readonly path: string
  /** File that gets the healthy tasks; null = none. */
  readonly out: string | null
  /** File that gets the others; null = none. */
  readonly unfit: string | null
  /** For rows of no known layout; null guesses. */
  readonly mapping: ColumnMapping | null
}

/** Method -> its signature. Data sets are `starter` or a path. */
export interface ServiceApi {
  'dataset.read': (dataset: string) => { readonly hash: string; readonly counts: Readonly<Record<Split, number>> }
  'tasks.list': (dataset: string, split: Split) => TaskSummary[]
  /** Of all splits. */
  'tasks.browse': (dataset: string) => TaskRow[]
  'task.get': (dataset: string, taskId: string) => Task
  'score.completion': (dataset: string, taskId: string, completion: string, judge: Judge, isProving: boolean) => ScoreReport
  'dataset.check': (order: DatasetCheckOrder) => DatasetCheck
  /** `config`: settings for which the memory is estimated; its model is the folder. */
  'model.inspect': (config: RunConfig) => ModelInspection
  /** By run directory, of each by step. */
  'checkpoints.list': (runDirectories: readonly string[]) => (readonly KnownCheckpoint[])[]
  evaluate: (order: EvaluationOrder) => EvaluationReport
  /** By run directory, of a step; null where what was measured is not there any more. */
  'evaluations.stored': (runDirectory: string, step: number, samples: number) => StoredEvaluation | null
  'rewards.weigh': (scores: Scores, profile: RewardProfile) => WeighedScores
  'rewards.reweigh': (order: ReweighOrder) => ReweighReport
  'model.export': (order: ExportOrder) => ExportReport
  /** Ends early, with what there is, when it is cancelled. */
  complete: (order: CompletionOrder) => PlaygroundCompletion
  /** By the run's newest checkpoint before the rollout, else by its model; null when it is cancelled. */
  logprobs: (order: LogprobsOrder) => TokenLogprobs | null
  /** With the config's scorer and reward profile, on so many of its training tasks. */
  'rewards.attack': (config: RunConfig, taskCount: number) => TriedReward
  'machine.gpus': () => Gpu[]
  'rewards.weigh-attack': (scores: AttackScores, profile: RewardProfile) => AttackReport
}
export type ServiceMethod = keyof ServiceApi

/** Methods that say how far they are -> what they say. */
export interface ServiceProgress {
  'dataset.check': CheckSoFar
  complete: CompletionSoFar
  logprobs: LogprobsSoFar
  'rewards.attack': AttackSoFar
}

export interface ServiceCall {
  readonly id: number
  readonly method: ServiceMethod
  readonly args: readonly unknown[]
}

/** Asks a call to end; it answers with the failure of its kind. */
export interface ServiceCancel {
  readonly cancel: number
}

/** A Failure keeps its code and facts on the way; anything else is a bug and has code null. */
export type ServiceAnswer =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly progress: unknown }
  | {
      readonly id: number
      readonly failure: {
        readonly code: string | null
        readonly facts: Readonly<Record<string, string | number>>
        readonly message: string
      }
    }
