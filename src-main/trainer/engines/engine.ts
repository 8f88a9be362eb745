/** The joint between the RL loop and whatever runs the model. */
import type { Minibatch, Objective, TokenIds, UpdateStats } from '../flow.ts'

/** current: with the adapter as trained so far · reference: the frozen base (adapter off). */
export type Policy = 'current' | 'reference'

export interface Sampling {
  readonly temperature: number
  /** 1 = off */
  readonly topP: number
  /** 0 = off */
  readonly topK: number
  readonly maxCompletionTokens: number
  /** Generation of a completion ends with the first of these, which belongs to the completion. */
  readonly endTokens: TokenIds
}

export interface GenerateRequest {
  readonly prompt: TokenIds
  /** One completion per seed. */
  readonly seeds: readonly number[]
}

/** Tokens of one completion as they come; `tokens` and `oldLogprobs` hold what is new since the last event of that completion. */
export interface GenerateEvent {
  readonly request: number
  readonly index: number
  readonly tokens: TokenIds
  readonly oldLogprobs: Float32Array
  readonly isFinished: boolean
}

export interface EngineInfo {
  readonly name: string
  readonly device: string
  readonly dtype: string
  readonly contextLength: number
  readonly vocabularySize: number
  readonly parameterCount: number
  readonly trainableCount: number
  readonly hasValueHead: boolean
}

export interface OptimizerSettings {
  readonly beta1: number
  readonly beta2: number
  readonly epsilon: number
  readonly weightDecay: number
  readonly maxGradNorm: number
}

export interface EngineSettings {
  readonly modelFolder: string
  /** null trains all weights. */
  readonly lora: { readonly rank: number; readonly alpha: number; readonly dropout: number } | null
  readonly hasValueHead: boolean
  readonly optimizer: OptimizerSettings
  /** Sequences in memory at once. */
  readonly microbatchSize: number
  /** Seed of the adapter's and the value head's initial weights, and of dropout. */
  readonly seed: number
  readonly threads: number
}

/**
 * Whatever can speak and learn. Knows token ids only: no text, no tasks, no rewards.
 * Holds no random state: one seed per completion. Calls never overlap.
 */
export interface Engine {
  readonly info: EngineInfo
  /** Ends early, without error, when `stop` is aborted; what was reported stays reported. */
  generate(
    requests: readonly GenerateRequest[],
    sampling: Sampling,
    policy: Policy,
    onEvent: (event: GenerateEvent) => void,
    stop: AbortSignal,
  ): Promise<void>
  /** Natural log of each completion token under the policy at `temperature`: one [completion tokens] array per sequence. */
  logprobs(sequences: readonly PromptedSequence[], policy: Policy, temperature: number): Promise<Float32Array[]>
  /** Value of the state before each completion token: one [completion tokens] array per sequence. Needs info.hasValueHead. */
  values(sequences: readonly PromptedSequence[]): Promise<Float32Array[]>
  /** One optimizer step; microbatches inside. */
  update(minibatch: Minibatch, objective: Objective, stop: AbortSignal): Promise<UpdateStats>
  /** Writes adapter, value head and optimizer state into an existing directory. */
  save(directory: string): Promise<void>
  load(directory: string): Promise<void>
  close(): Promise<void>
}

export interface PromptedSequence {
  readonly promptTokens: TokenIds
  readonly completionTokens: TokenIds
}
