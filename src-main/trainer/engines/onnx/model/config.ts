/** The shape of a model, read from the config.json of a Hugging Face folder. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { Failure } from '#contract/failure'

export interface ModelConfig {
  readonly vocabularySize: number
  readonly hiddenSize: number
  readonly intermediateSize: number
  readonly layerCount: number
  readonly headCount: number
  readonly keyValueHeadCount: number
  readonly headSize: number
  readonly normEpsilon: number
  readonly ropeTheta: number
  readonly maxPositions: number
  /** The output projection is the embedding table. */
  readonly isTied: boolean
}

const configSchema = z.object({
  model_type: z.string(),
  vocab_size: z.int().min(2),
  hidden_size: z.int().min(2),
  intermediate_size: z.int().min(1),
  num_hidden_layers: z.int().min(1),
  num_attention_heads: z.int().min(1),
  num_key_value_heads: z.int().min(1).optional(),
  head_dim: z.int().min(2).optional(),
  rms_norm_eps: z.number().positive().default(1e-6),
  rope_theta: z.number().positive().default(10_000),
  rope_scaling: z.unknown().optional(),
  max_position_embeddings: z.int().min(8),
  tie_word_embeddings: z.boolean().default(false),
  attention_bias: z.boolean().default(false),
  mlp_bias: z.boolean().default(false),
  hidden_act: z.string().default('silu'),
})

/** Throws Failure model.missing-file or model.invalid, naming what is not supported. */
export function readModelConfig(folder: string): ModelConfig {
  const file = join(folder, 'config.json')
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw new Failure('model.missing-file', { folder, file: 'config.json' }, { cause: error })
  }
  return parseModelConfig(text, folder)
}

export function parseModelConfig(text: string, folder: string): ModelConfig {
  const refuse = (problem: string): never => {
    throw new Failure('model.invalid', { folder, problem, remedy: 'Choose a model folder with a plain LlamaForCausalLM.' })
  }
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return refuse('config.json is not JSON')
  }
  const parsed = configSchema.safeParse(json)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!
    return refuse(`config.json: ${issue.path.join('.')}: ${issue.message}`)
  }
  const config = parsed.data
  const headCount = config.num_attention_heads
  const keyValueHeadCount = config.num_key_value_heads ?? headCount
  const headSize = config.head_dim ?? config.hidden_size / headCount
  if (config.model_type !== 'llama') refuse(`model_type "${config.model_type}" is not supported`)
  if (config.rope_scaling !== undefined && config.rope_scaling !== null) refuse('rope_scaling is not supported')
  if (config.attention_bias || config.mlp_bias) refuse('biases in attention or MLP are not supported')
  if (config.hidden_act !== 'silu') refuse(`hidden_act "${config.hidden_act}" is not supported`)
  if (!Number.isInteger(headSize) || headSize % 2 !== 0) refuse('hidden_size / num_attention_heads must be an even integer')
  if (headCount % keyValueHeadCount !== 0) refuse('num_attention_heads must be a multiple of num_key_value_heads')
  return {
    vocabularySize: config.vocab_size,
    hiddenSize: config.hidden_size,
    intermediateSize: config.intermediate_size,
    layerCount: config.num_hidden_layers,
    headCount,
    keyValueHeadCount,
    headSize,
    normEpsilon: config.rms_norm_eps,
    ropeTheta: config.rope_theta,
    maxPositions: config.max_position_embeddings,
    isTied: config.tie_word_embeddings,
  }
}

/** The config.json of a model of this shape, in Hugging Face's form. */
export function modelConfigJson(config: ModelConfig, tokens: { bos: number; eos: number; pad: number }): object {
  return {
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    vocab_size: config.vocabularySize,
    hidden_size: config.hiddenSize,
    intermediate_size: config.intermediateSize,
    num_hidden_layers: config.layerCount,
    num_attention_heads: config.headCount,
    num_key_value_heads: config.keyValueHeadCount,
    head_dim: config.headSize,
    rms_norm_eps: config.normEpsilon,
    rope_theta: config.ropeTheta,
    max_position_embeddings: config.maxPositions,
    tie_word_embeddings: config.isTied,
    attention_bias: false,
    mlp_bias: false,
    hidden_act: 'silu',
    bos_token_id: tokens.bos,
    eos_token_id: tokens.eos,
    pad_token_id: tokens.pad,
    torch_dtype: 'float16',
  }
}
