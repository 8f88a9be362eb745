/** What a model folder is, before anything of it is loaded: can it be trained here, and in how much memory. */

/** Parts of a run's memory, in the order in which a person is shown them. */
export const MEMORY_TERMS = [
  'scoring',
  'runtime',
  'graphs',
  'weights',
  'reference',
  'adapter',
  'optimizer',
  'merged',
  'cache',
  'decoding',
  'gradients',
  'activations',
  'logits',
] as const
export type MemoryTerm = (typeof MEMORY_TERMS)[number]

/** Part of a step in which alone something is held: the two take turns. */
export type MemoryTurn = 'rollouts' | 'update'

export interface MemoryPart {
  readonly term: MemoryTerm
  readonly bytes: number
  /** Left out: it is there all the time. */
  readonly turn?: MemoryTurn
}

export interface MemoryEstimate {
  /** Those above zero. */
  readonly parts: readonly MemoryPart[]
  /** Their sum; of parts that take turns the larger turn. */
  readonly totalBytes: number
}

/** A change of one setting with which a run fits. */
export interface MemoryRemedy {
  /** Dotted path. */
  readonly setting: string
  readonly sentence: string
}

export interface MemoryReport extends MemoryEstimate {
  /** Name of the graphics card whose memory it is; null: this computer's own. */
  readonly card: string | null
  /** What it can give now: containers and other programs counted; null where a card does not tell. */
  readonly availableBytes: number | null
  readonly machineBytes: number | null
  readonly fits: boolean
  /** null when it fits. */
  readonly remedy: MemoryRemedy | null
  /** Longest prompt in tokens. */
  readonly promptTokens: number
  /** false: the tasks or the tokenizer could not be read, and the length is a guess. */
  readonly isPromptMeasured: boolean
}

/** Something that keeps the model from being trained here. */
export interface ModelProblem {
  readonly message: string
  readonly remedy: string
}

export interface ModelInspection {
  readonly folder: string
  /** e.g. LlamaForCausalLM; null when config.json does not say. */
  readonly architecture: string | null
  readonly modelType: string | null
  /** Counted in the headers of the weight files, or null without any. */
  readonly parameterCount: number | null
  /** Stored types of the weights, e.g. BF16. */
  readonly dtypes: readonly string[]
  readonly shards: readonly { readonly file: string; readonly bytes: number }[]
  readonly contextLength: number | null
  readonly tokenizer: { readonly vocabularySize: number; readonly endTokens: readonly number[] } | null
  readonly hasChatTemplate: boolean
  /** Where a downloaded model came from. */
  readonly source: { readonly origin: string; readonly revision: string; readonly licence: string | null } | null
  /** Empty: the embedded engine can train it. */
  readonly problems: readonly ModelProblem[]
  /** null when config.json cannot be read. */
  readonly memory: MemoryReport | null
  /** Sentences that are worth knowing and hinder nothing. */
  readonly advice: readonly string[]
}
