/** Measuring a model or a checkpoint on tasks that are given. */
import { z } from 'zod'

export const evaluationRequestSchema = z.strictObject({
  /** `starter` or a model folder; null when a run is named. */
  model: z.string().min(1).nullable(),
  /** null when a model is named. */
  run: z.string().min(1).nullable(),
  /** Of the run; best: by pass@1 on the validation tasks; a number: of that step. */
  checkpoint: z.union([z.enum(['newest', 'best']), z.int().min(0)]),
  /** Model to compare with on the same tasks and seeds; `own`: the one that the run began with; null = none. */
  base: z.string().min(1).nullable(),
  /** `starter` or the path of a tasks.jsonl. */
  dataset: z.string().min(1),
  split: z.enum(['validation', 'test']),
  taskCount: z.int().min(1).max(100_000),
  /** Completions of each task that pass@1 and the rates count. */
  samples: z.int().min(1).max(64),
  /** Completions of each task for pass@k; fewer than `samples` are as many. */
  draws: z.int().min(0).max(256),
  seed: z.int().min(0).max(0xffff_ffff),
})
export type EvaluationRequest = z.infer<typeof evaluationRequestSchema>

export interface EvaluationReport {
  /** Keys of contract/metrics.ts; `_gain` where there is a base. */
  readonly metrics: Readonly<Record<string, number>>
  readonly base: { readonly model: string; readonly metrics: Readonly<Record<string, number>> } | null
  /** Of the checkpoint; null for a model. */
  readonly step: number | null
  readonly taskCount: number
  /** Tasks left out, by id: their prompts leave one of the models no room for an answer. */
  readonly tooLong: readonly string[]
  readonly samples: number
  readonly draws: number
  /** Families of these tasks that no training task shows. */
  readonly unseenFamilies: readonly string[]
  /** What was measured on each, in the order of the evaluation; null where nothing could be scored. */
  readonly tasks: readonly {
    readonly id: string
    readonly family: string
    readonly values: Readonly<Record<string, number | null>>
  }[]
  readonly seconds: number
}
