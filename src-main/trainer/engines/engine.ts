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
  /** It also ends with the token that completes one of these texts, which belongs to the completion. */
  readonly stop?: StopTexts
  /** Each token is told as soon as it is drawn. Left out: a completion is told once, whole. */
  readonly isStreamed?: boolean
}

export interface StopTexts {
  readonly texts: readonly string[]
  /** What each token adds to a text, by its id: the engine itself knows no text. */
  readonly tokenTexts: readonly string[]
}

export interface GenerateRequest {
  readonly prompt: TokenIds
  /** One completion per seed. */
  readonly seeds: readonly number[]
}

/** Tokens of one completion as they come; the lists hold what is new since the last event of that completion. Log-probs are natural. */
export interface GenerateEvent {
  readonly request: number
  readonly index: number
  readonly tokens: TokenIds
  /** At the sampling's temperature, before top-k and top-p: what the objective compares with. */
  readonly oldLogprobs: Float32Array
  /** Under the distribution that was drawn from: temperature, top-k and top-p. */
  readonly samplingLogprobs: Float32Array
  /** At temperature 1, before top-k and top-p. */
  readonly plainLogprobs: Float32Array
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

/** Where graphs run: the processor, or the graphics device through WebGPU. */
export type Device = 'cpu' | 'webgpu'

/**
 * Of the PyTorch engine alone. auto: a CUDA card where there is one. precision: of the base; adapter and optimizer are float32. processes: on each
 * host, under torchrun when there are several; 1 when left out. gpu: the card, by UUID or number; null, or left out: the first.
 */
export interface TorchSettings {
  readonly device: 'auto' | 'cpu' | 'cuda'
  readonly precision: 'float32' | 'bfloat16'
  readonly processes?: number
  /** adamw when left out; adamw8bit keeps the moments in 8 bits. */
  readonly optimizer?: 'adamw' | 'adamw8bit'
  /** Of the frozen base's layers; none when left out. */
  readonly quantization?: 'none' | 'nf4'
  /** full: the layers of the frozen base are shared by the processes. none when left out. */
  readonly sharding?: 'none' | 'full'
  readonly gpu?: string | null
}

/** How the frozen base lies in memory under the embedded engine. Adapter, value head and optimizer are float32. */
export type BaseStorage = 'float32' | 'float16' | 'int4'

export interface EngineSettings {
  readonly modelFolder: string
  /** null trains all weights. */
  readonly lora: { readonly rank: number; readonly alpha: number; readonly dropout: number } | null
  readonly hasValueHead: boolean
  readonly optimizer: OptimizerSettings
  /** Sequences in memory at once. */
  readonly microbatchSize: number
  /** The backward pass computes each layer again instead of keeping it: less memory, more time. false when left out. */
  readonly isCheckpointed?: boolean
  /** Seed of the adapter's and the value head's initial weights, and of dropout. */
  readonly seed: number
  readonly threads: number
  /** Where training runs; default: the CPU. */
  readonly device?: Device
  /** Default: float32; the others need an adapter. */
  readonly baseStorage?: BaseStorage
  /** Default: auto, float32, one process. */
  readonly torch?: TorchSettings
}

export interface EngineUsage {
  readonly id: number
  readonly residentBytes: number
  /** The most that it has held on a graphics card so far; null, or left out, without one. */
  readonly deviceBytes?: number | null
}

/**
 * Whatever can speak and learn. Knows token ids only: no text, no tasks, no rewards.
 * Holds no random state: one seed per completion. Calls never overlap.
 */
export interface Engine {
  readonly info: EngineInfo
  /** The process that the engine has for itself, as it was at its last answer; none where it lives in the caller's. */
  readonly process?: EngineUsage
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
  /** Does the largest that a run asks for once, and leaves everything as it was. Throws Failure memory.exhausted where that does not fit. */
  probe?(load: LargestLoad): Promise<ProbeResult>
  /** After Failure engine.restarted: waits until it stands again, in the state of a fresh one. Throws the reason of `stop`. */
  recover?(stop: AbortSignal): Promise<void>
  close(): Promise<void>
}

/** The longest sequences, and the rollouts of a step. */
export interface LargestLoad {
  readonly promptTokens: number
  readonly completionTokens: number
  readonly prompts: number
  readonly groupSize: number
  readonly entropyCoef: number
}

export interface ProbeResult {
  /** The most that a process has held so far, on its card or in the computer's memory. */
  readonly peakBytes: number
  /** Of one microbatch of the longest sequences, forward and backward. */
  readonly microbatchSeconds: number
}

export interface PromptedSequence {
  readonly promptTokens: TokenIds
  readonly completionTokens: TokenIds
}
