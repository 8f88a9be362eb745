/** The shape of a model, read from the config.json of a Hugging Face folder. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { Failure } from '#contract/failure'
import type { RopeScaling } from './rope.ts'
import { readRope, ropeScalingJson } from './rope-settings.ts'

export type ModelFamily = keyof typeof ARCHITECTURES

export interface ModelConfig {
  readonly family: ModelFamily
  readonly vocabularySize: number
  readonly hiddenSize: number
  readonly intermediateSize: number
  readonly layerCount: number
  readonly headCount: number
  readonly keyValueHeadCount: number
  /** May differ from hiddenSize / headCount. */
  readonly headSize: number
  readonly normEpsilon: number
  readonly ropeTheta: number
  readonly ropeScaling: RopeScaling
  readonly maxPositions: number
  /** The output projection is the embedding table. */
  readonly isTied: boolean
  /** Linear layers that have a bias, by the last part of their names. */
  readonly biasedLayers: readonly string[]
}

/** What runs here, by `model_type`. */
const ARCHITECTURES = { llama: 'LlamaForCausalLM', qwen2: 'Qwen2ForCausalLM' } as const

const INPUT_BIASES = ['q_proj', 'k_proj', 'v_proj']
const ATTENTION_BIASES = [...INPUT_BIASES, 'o_proj']
const MLP_BIASES = ['gate_proj', 'up_proj', 'down_proj']

/** Read first: another family need not have the other fields. */
const familySchema = z.object({ model_type: z.string(), architectures: z.array(z.string()).nullish() })

const configSchema = z.object({
  vocab_size: z.int().min(2),
  hidden_size: z.int().min(2),
  intermediate_size: z.int().min(1),
  num_hidden_layers: z.int().min(1),
  num_attention_heads: z.int().min(1),
  num_key_value_heads: z.int().min(1).nullish(),
  head_dim: z.int().min(2).nullish(),
  rms_norm_eps: z.number().positive().default(1e-6),
  rope_theta: z.number().positive().optional(),
  rope_scaling: z.unknown().optional(),
  rope_parameters: z.unknown().optional(),
  partial_rotary_factor: z.number().nullish(),
  max_position_embeddings: z.int().min(8),
  original_max_position_embeddings: z.int().min(1).optional(),
  tie_word_embeddings: z.boolean().default(false),
  attention_bias: z.boolean().default(false),
  mlp_bias: z.boolean().default(false),
  hidden_act: z.string().default('silu'),
  use_sliding_window: z.boolean().nullish(),
  quantization_config: z.unknown().optional(),
})

type ConfigFields = z.infer<typeof configSchema>
type Refuse = (problem: string) => never

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
  const refuse: Refuse = (problem) => {
    const remedy = `Choose a model folder with a plain ${Object.values(ARCHITECTURES).join(' or ')}.`
    throw new Failure('model.invalid', { folder, problem, remedy })
  }
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return refuse('config.json is not JSON')
  }
  const family = readFamily(json, refuse)
  const fields = checked(configSchema, json, refuse)
  refuseUnsupported(fields, family, refuse)
  return modelConfig(fields, family, refuse)
}

function checked<T>(schema: z.ZodType<T>, json: unknown, refuse: Refuse): T {
  const parsed = schema.safeParse(json)
  if (parsed.success) return parsed.data
  const { path, message } = parsed.error.issues[0]!
  return refuse(`config.json: ${[...path, message].join(': ')}`)
}

function readFamily(json: unknown, refuse: Refuse): ModelFamily {
  const { model_type: type, architectures } = checked(familySchema, json, refuse)
  if (!Object.hasOwn(ARCHITECTURES, type)) return refuse(`model_type "${type}" is not supported`)
  const family = type as ModelFamily
  const other = architectures?.find((name) => name !== ARCHITECTURES[family])
  return other === undefined ? family : refuse(`architecture "${other}" is not supported`)
}

/** What would run, but as another model than was trained. */
function refuseUnsupported(fields: ConfigFields, family: ModelFamily, refuse: Refuse): void {
  if (fields.hidden_act !== 'silu') refuse(`hidden_act "${fields.hidden_act}" is not supported`)
  if (family === 'qwen2' && fields.use_sliding_window === true) refuse('use_sliding_window is not supported')
  if ((fields.partial_rotary_factor ?? 1) !== 1) refuse(`partial_rotary_factor ${fields.partial_rotary_factor} is not supported`)
  if ((fields.quantization_config ?? null) !== null) refuse('quantization_config (quantized weights) is not supported')
}

function modelConfig(fields: ConfigFields, family: ModelFamily, refuse: Refuse): ModelConfig {
  const headCount = fields.num_attention_heads
  const keyValueHeadCount = fields.num_key_value_heads ?? headCount
  const headSize = fields.head_dim ?? fields.hidden_size / headCount
  const isEven = Number.isInteger(headSize) && headSize % 2 === 0
  if (!isEven) refuse('head_dim, or else hidden_size / num_attention_heads, must be an even integer')
  if (headCount % keyValueHeadCount !== 0) refuse('num_attention_heads must be a multiple of num_key_value_heads')
  const { theta, scaling } = readRope(fields, refuse)
  return {
    family,
    vocabularySize: fields.vocab_size,
    hiddenSize: fields.hidden_size,
    intermediateSize: fields.intermediate_size,
    layerCount: fields.num_hidden_layers,
    headCount,
    keyValueHeadCount,
    headSize,
    normEpsilon: fields.rms_norm_eps,
    ropeTheta: theta,
    ropeScaling: scaling,
    maxPositions: fields.max_position_embeddings,
    isTied: fields.tie_word_embeddings,
    biasedLayers: biasedLayers(fields, family),
  }
}

/** Qwen2 has no setting for its biases; a Llama's output projection has one where the others have. */
function biasedLayers(fields: ConfigFields, family: ModelFamily): string[] {
  if (family === 'qwen2') return INPUT_BIASES
  return [...(fields.attention_bias ? ATTENTION_BIASES : []), ...(fields.mlp_bias ? MLP_BIASES : [])]
}

/** The config.json of a model of this shape, in Hugging Face's form. */
export function modelConfigJson(config: ModelConfig, tokens: { bos: number; eos: number; pad: number }): object {
  const biases =
    config.family === 'llama'
      ? { attention_bias: config.biasedLayers.includes('o_proj'), mlp_bias: config.biasedLayers.includes('up_proj') }
      : { use_sliding_window: false }
  return {
    architectures: [ARCHITECTURES[config.family]],
    model_type: config.family,
    vocab_size: config.vocabularySize,
    hidden_size: config.hiddenSize,
    intermediate_size: config.intermediateSize,
    num_hidden_layers: config.layerCount,
    num_attention_heads: config.headCount,
    num_key_value_heads: config.keyValueHeadCount,
    head_dim: config.headSize,
    rms_norm_eps: config.normEpsilon,
    rope_theta: config.ropeTheta,
    rope_scaling: ropeScalingJson(config.ropeScaling),
    max_position_embeddings: config.maxPositions,
    tie_word_embeddings: config.isTied,
    ...biases,
    hidden_act: 'silu',
    bos_token_id: tokens.bos,
    eos_token_id: tokens.eos,
    pad_token_id: tokens.pad,
    torch_dtype: 'float16',
  }
}
