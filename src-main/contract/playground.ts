/** Completions that a person asks for, one at a time: of what, told how, and what came of it. */
import { z } from 'zod'
import { runId } from './run-id.ts'

export const modelChoiceSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('model'),
    /** `starter` or a model folder. */
    path: z.string().min(1),
    /** Run whose engine and device are used; null: the embedded engine. */
    like: runId.nullable(),
  }),
  z.strictObject({ kind: z.literal('checkpoint'), run: runId, step: z.int().min(0) }),
])
export type ModelChoice = z.infer<typeof modelChoiceSchema>

export const promptChoiceSchema = z.discriminatedUnion('kind', [
  /** A train or validation task of a data set (`starter` or a path). */
  z.strictObject({ kind: z.literal('task'), dataset: z.string().min(1), taskId: z.string().min(1) }),
  /** An instruction, which the model reads as it reads a task's. */
  z.strictObject({ kind: z.literal('text'), text: z.string().min(1).max(100_000) }),
])
export type PromptChoice = z.infer<typeof promptChoiceSchema>

export const playgroundSamplingSchema = z.strictObject({
  temperature: z.number().min(0.01).max(5),
  topP: z.number().gt(0).max(1),
  maxCompletionTokens: z.int().min(1).max(8192),
  seed: z.int().min(0).max(0xffff_ffff),
})
export type PlaygroundSampling = z.infer<typeof playgroundSamplingSchema>

export const playgroundRequestSchema = z.strictObject({
  /** Made by whoever asks: what is told, and a stop, name it. */
  id: z.string().min(1).max(100),
  model: modelChoiceSchema,
  prompt: promptChoiceSchema,
  sampling: playgroundSamplingSchema,
})
export type PlaygroundRequest = z.infer<typeof playgroundRequestSchema>

export interface CompletionSoFar {
  /** opening: the engine is loaded, or answers somebody else. */
  readonly stage: 'opening' | 'generating'
  /** All of it: who misses a message misses nothing. */
  readonly text: string
  readonly tokenCount: number
}

/** A completion went on. */
export interface PlaygroundProgress extends CompletionSoFar {
  readonly id: string
}

/** end: the model ended it · limit: maxCompletionTokens · context: the model can read no more · stopped: by a person. */
export type CompletionEnd = 'end' | 'limit' | 'context' | 'stopped'

export interface PlaygroundCompletion {
  readonly text: string
  readonly promptTokens: number
  readonly tokenCount: number
  readonly end: CompletionEnd
  /** Of generating, without loading. */
  readonly seconds: number
  readonly engine: { readonly name: string; readonly device: string; readonly dtype: string }
}
