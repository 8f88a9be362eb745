/** What a run was asked to do. Written to `config.json` once; a run replays from it. */
import { z } from 'zod'
import { algorithmSchema } from './algorithm.ts'
import { JUDGES } from './judges.ts'
import { rewardProfileSchema } from './reward-profile.ts'

export const DEVICES = ['cpu', 'webgpu'] as const

/** How the frozen base lies in memory under the embedded engine. */
export const BASE_STORAGES = ['float32', 'float16', 'int4'] as const

const torchSchema = z.strictObject({
  /** auto: a CUDA card where there is one, else the processor. */
  device: z.enum(['auto', 'cpu', 'cuda']).default('auto'),
  /** Of the frozen base; adapter, value head and optimizer are float32. bfloat16 halves the memory and needs `lora`. */
  precision: z.enum(['float32', 'bfloat16']).default('float32'),
  /** Of the frozen base's layers: nf4 = 4 bits each (bitsandbytes), computed in `precision`; needs `lora`. */
  quantization: z.enum(['none', 'nf4']).default('none'),
  /** adamw8bit: the optimizer's moments in 8 bits (bitsandbytes): 2 bytes for each trained weight instead of 8. */
  optimizer: z.enum(['adamw', 'adamw8bit']).default('adamw'),
  /** On each host; several share rollouts and gradients under torchrun, each with a card of its own. */
  processes: z.int().min(1).max(64).default(1),
  /** full: the processes share the frozen base's layers (FSDP2), for a base that does not fit one card; slower, and needs `lora`. */
  sharding: z.enum(['none', 'full']).default('none'),
  /** The card, by its UUID or as `nvidia-smi` and `rocm-smi` count it; null = the first. A number is what a terminal makes of `0`. */
  gpu: z
    .preprocess((value) => (typeof value === 'number' ? String(value) : value), z.string().min(1).max(100).nullable())
    .default(null),
})

const loraSchema = z.strictObject({
  rank: z.int().min(1).max(256),
  /** The adapter is scaled by alpha / rank. */
  alpha: z.number().positive(),
  /** Chance to drop an adapter input while training; 0 keeps ratio = 1 at the first update. */
  dropout: z.number().min(0).max(0.9),
})

const samplingSchema = z.strictObject({
  temperature: z.number().min(0.01).max(5),
  /** Nucleus mass; 1 = off. */
  topP: z.number().gt(0).max(1),
  /** 0 = off. */
  topK: z.int().min(0),
  maxCompletionTokens: z.int().min(8).max(8192),
  /** Texts that end a completion, beside the model's own end tokens. */
  stopStrings: z.array(z.string().min(1).max(200)).max(16).default([]),
})

const optimizerSchema = z.strictObject({
  learningRate: z.number().gt(0).max(1),
  /** linear: falls to `finalLearningRateShare` of the start at the last step. */
  schedule: z.enum(['constant', 'linear']),
  finalLearningRateShare: z.number().min(0).max(1),
  warmupSteps: z.int().min(0),
  beta1: z.number().min(0).max(0.9999),
  beta2: z.number().min(0).max(0.99999),
  epsilon: z.number().gt(0),
  weightDecay: z.number().min(0).max(1),
  maxGradNorm: z.number().gt(0),
})

const supervisedSchema = z.strictObject({
  /** They count among the steps of the run. */
  steps: z.int().min(1).max(1_000_000),
  learningRate: z.number().gt(0).max(1),
})

/** A run ends with the step after which one of them is used up; null = no bound. Evaluations cost nothing of it. */
export const budgetSchema = z.strictObject({
  /** Completions. */
  rollouts: z.int().min(1).nullable(),
  /** Tokens of completions, and of the references that supervised steps learn from. */
  tokens: z.int().min(1).nullable(),
  /** Wall time of the steps. A run that is made again may end with another step. */
  seconds: z.number().gt(0).nullable(),
})
export type Budget = z.infer<typeof budgetSchema>
export const BUDGET_KINDS = ['rollouts', 'tokens', 'seconds'] as const satisfies readonly (keyof Budget)[]

const curriculumSchema = z.strictObject({
  /** Share of the tasks, easy ones first, that the first step draws from. */
  startShare: z.number().gt(0).max(1),
  /** Steps of the algorithm until all tasks are drawn from. */
  steps: z.int().min(1).max(1_000_000),
})

const reasoningJudgeSchema = z.strictObject({
  /** Of an OpenAI-compatible endpoint, without `/chat/completions`. */
  baseUrl: z.url(),
  model: z.string().min(1),
  /** Weight beside the grammar's value. */
  share: z.number().gt(0).max(1),
  /** Task texts, designs and the key may leave this machine. */
  isRemoteAllowed: z.boolean(),
})
export type ReasoningJudgeConfig = z.infer<typeof reasoningJudgeSchema>

export const runConfigSchema = z.strictObject({
  schemaVersion: z.literal(1),
  name: z.string().min(1).max(120),
  preset: z.string(),
  seed: z.int().min(0).max(0xffff_ffff),
  engine: z.enum(['onnx', 'torch', 'fake']),
  /** Where the embedded engine trains: the processor, or a graphics card through WebGPU, which `doctor` tries. */
  device: z.enum(DEVICES).default('cpu'),
  /** Of the frozen base under the embedded engine; the smaller ones need `lora`. */
  baseStorage: z.enum(BASE_STORAGES).default('float32'),
  /** Of the PyTorch engine; the others do not read it. */
  torch: torchSchema.default({
    device: 'auto',
    precision: 'float32',
    quantization: 'none',
    optimizer: 'adamw',
    processes: 1,
    sharding: 'none',
    gpu: null,
  }),
  /** `starter`, or the path of a Hugging Face model folder. */
  model: z.string().min(1),
  /** `starter`, or the path of a tasks.jsonl; `hash` is filled in when the run is made (SHA-256, hex). */
  dataset: z.strictObject({ id: z.string().min(1), hash: z.string() }),
  /** What decides the functional score. */
  judge: z.enum(JUDGES),
  /** Try to prove what passes the simulation: evidence, not another score. */
  proof: z.boolean().default(false),
  /** A language model that grades the reasoning beside the grammar; null = none. Its key is VERITUNE_JUDGE_API_KEY in the environment. */
  reasoningJudge: reasoningJudgeSchema.nullable().default(null),
  steps: z.int().min(0).max(1_000_000),
  /** What a run may use up before its last step. */
  budget: budgetSchema.default({ rollouts: null, tokens: null, seconds: null }),
  promptsPerStep: z.int().min(1).max(4096),
  /** Easy tasks before hard ones; null = all from the first step on. */
  curriculum: curriculumSchema.nullable().default(null),
  /** Completions of each prompt. Where they are compared with each other at least 2. */
  groupSize: z.int().min(1).max(256),
  /** Passes over a step's rollouts. */
  updateEpochs: z.int().min(1).max(16),
  /** Rollouts of one optimizer step; whole groups stay together. */
  minibatchSize: z.int().min(1),
  /** Rollouts in memory at once; a minibatch is the sum of its microbatches. */
  microbatchSize: z.int().min(1),
  /** Compute each layer again in the backward pass instead of keeping it: less memory, more time, the same numbers. */
  gradientCheckpointing: z.boolean().default(false),
  algorithm: algorithmSchema,
  /** Supervised steps on the training tasks' references before the algorithm's own; null = none. */
  supervised: supervisedSchema.nullable().default(null),
  /** null trains all weights. */
  lora: loraSchema.nullable(),
  sampling: samplingSchema,
  optimizer: optimizerSchema,
  reward: rewardProfileSchema,
  evaluation: z.strictObject({
    /** Steps between evaluations; 0 = only before the first and after the last step. */
    every: z.int().min(0),
    taskCount: z.int().min(1),
    /** Completions of each task at temperature 1 before the first and after the last step; between them one. */
    samples: z.int().min(1).max(64),
  }),
  /** Steps between checkpoints; 0 = only at the end. */
  checkpointEvery: z.int().min(0),
  /** Which checkpoints stay. */
  checkpoints: z
    .strictObject({
      /** The newest so many; 0 = all. */
      keepLast: z.int().min(0).max(1_000_000),
      /** Also that of the best pass@1 on validation tasks. */
      keepBest: z.boolean(),
    })
    .default({ keepLast: 0, keepBest: true }),
  /** A step's updates end early when the mean KL to the sampling policy passes this; null = never. */
  maxApproxKl: z.number().gt(0).nullable(),
  /** Truncated importance sampling: the most that a token counts for what the trainer says of it beside the sampler; null = they are taken to agree. */
  samplerCorrection: z.number().min(1).max(100).nullable().default(null),
  /** Before the first step, see that cheats earn less than an honest failure; where one does not, the run ends. */
  attackReward: z.boolean().default(false),
  /** What a severe warning does beside being said; pause: the run saves a checkpoint and waits. */
  onAlert: z.enum(['warn', 'pause']).default('warn'),
})
export type RunConfig = z.infer<typeof runConfigSchema>
export type { Algorithm, AlgorithmName } from './algorithm.ts'
export { JUDGES, type Judge } from './judges.ts'
export type SamplingConfig = RunConfig['sampling']
