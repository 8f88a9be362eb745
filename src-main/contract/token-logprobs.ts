/** How likely a model finds each token of a stored completion: read again, because a run keeps texts and no tokens. */
import { z } from 'zod'
import { COMPLETION_SOURCES } from './completion-source.ts'
import { runId } from './run-id.ts'

export const logprobsRequestSchema = z.strictObject({
  /** Made by whoever asks: what is told, and a stop, name it. */
  id: z.string().min(1).max(100),
  run: runId,
  /** 0: of the evaluation before the first. */
  step: z.int().min(0),
  /** Of the rollout in its step. */
  index: z.int().min(0),
  /** Left out: training. */
  source: z.enum(COMPLETION_SOURCES).optional(),
})
export type LogprobsRequest = z.infer<typeof logprobsRequestSchema>

export interface ScoredToken {
  /** What it adds to the text; '' for the first tokens of a character that several make, and for the end. */
  readonly text: string
  /** Natural log, at temperature 1. */
  readonly logprob: number
}

export interface TokenLogprobs {
  readonly tokens: readonly ScoredToken[]
  /** The last token is the one that ended the completion; it has no text. */
  readonly hasEnd: boolean
  /** Step of the checkpoint that was asked; null: the model as the run began with it. */
  readonly checkpoint: number | null
  /** Prompt and completion, as the tokenizer cuts the stored texts. */
  readonly promptTokens: number
  readonly engine: { readonly name: string; readonly device: string; readonly dtype: string }
}

export interface LogprobsSoFar {
  /** opening: the engine is loaded, or answers somebody else. */
  readonly stage: 'opening' | 'reading'
}

export interface LogprobsProgress extends LogprobsSoFar {
  readonly id: string
}
