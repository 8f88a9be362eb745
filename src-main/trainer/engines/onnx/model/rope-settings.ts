/**
 * RoPE settings of a config.json, in the spelling of transformers 4 (`rope_scaling`) and of transformers 5 (`rope_parameters`).
 * Names, defaults and which of two settings wins are those of transformers 5.24, modeling_rope_utils.
 */
import { z } from 'zod'
import type { RopeScaling } from './rope.ts'

export interface Rope {
  readonly theta: number
  readonly scaling: RopeScaling
}

const factor = z.number().positive()
const positions = z.int().min(1)
const schemas = {
  default: z.object({}),
  linear: z.object({ factor }),
  dynamic: z.object({ factor }),
  llama3: z.object({
    factor,
    low_freq_factor: z.number().positive(),
    high_freq_factor: z.number().positive(),
    original_max_position_embeddings: positions.optional(),
  }),
  yarn: z.object({
    factor: factor.nullish(),
    original_max_position_embeddings: positions.optional(),
    attention_factor: z.number().positive().nullish(),
    beta_fast: z.number().positive().nullish(),
    beta_slow: z.number().positive().nullish(),
    mscale: z.number().nullish(),
    mscale_all_dim: z.number().nullish(),
    truncate: z.boolean().nullish(),
  }),
}

export interface RopeFields {
  rope_theta?: number | undefined
  /** The spelling of transformers 4, with `type` or `rope_type`. */
  rope_scaling?: unknown
  /** The spelling of transformers 5, with `rope_theta` inside. */
  rope_parameters?: unknown
  max_position_embeddings: number
  original_max_position_embeddings?: number | undefined
}

const headerSchema = z.object({
  type: z.string().optional(),
  rope_type: z.string().optional(),
  rope_theta: z.number().positive().optional(),
  partial_rotary_factor: z.number().nullish(),
})

/** Theta and scaling of a config.json in either spelling. `refuse` throws; it is told what is not supported, by name. */
export function readRope(fields: RopeFields, refuse: (problem: string) => never): Rope {
  const raw = fields.rope_parameters ?? fields.rope_scaling ?? {}
  const read = <T>(schema: z.ZodType<T>): T => {
    const parsed = schema.safeParse(raw)
    if (parsed.success) return parsed.data
    const { path, message } = parsed.error.issues[0]!
    return refuse(`config.json: ${['the rope settings', ...path].join('.')}: ${message}`)
  }
  const header = read(headerSchema)
  if ((header.partial_rotary_factor ?? 1) !== 1) refuse(`partial_rotary_factor ${header.partial_rotary_factor} is not supported`)
  const type = header.rope_type ?? header.type ?? 'default'
  const theta = header.rope_theta ?? fields.rope_theta ?? 10_000
  const original = fields.original_max_position_embeddings
  switch (type) {
    case 'default':
      return { theta, scaling: { type } }
    case 'linear':
    case 'dynamic':
      return { theta, scaling: { type, factor: read(schemas[type]).factor } }
    case 'llama3': {
      const given = read(schemas.llama3)
      const originalPositions = original ?? given.original_max_position_embeddings ?? fields.max_position_embeddings
      const { factor, low_freq_factor: lowFrequencyFactor, high_freq_factor: highFrequencyFactor } = given
      if (lowFrequencyFactor >= highFrequencyFactor) refuse('rope type "llama3": high_freq_factor must be above low_freq_factor')
      return { theta, scaling: { type, factor, lowFrequencyFactor, highFrequencyFactor, originalPositions } }
    }
    case 'yarn':
      return { theta, scaling: yarnScaling(read(schemas.yarn), original, fields.max_position_embeddings) }
    default:
      return refuse(`rope type "${type}" is not supported`)
  }
}

function yarnScaling(given: z.infer<typeof schemas.yarn>, original: number | undefined, maxPositions: number): RopeScaling {
  const originalPositions = original ?? given.original_max_position_embeddings ?? maxPositions
  const factor = given.factor ?? maxPositions / originalPositions
  const temperature = (scale = 1): number => (factor <= 1 ? 1 : 0.1 * scale * Math.log(factor) + 1)
  const { mscale, mscale_all_dim: mscaleAll } = given
  // Both or none: a lone one of the two is not read.
  const inferred = mscale && mscaleAll ? temperature(mscale) / temperature(mscaleAll) : temperature()
  return {
    type: 'yarn',
    factor,
    originalPositions,
    betaFast: given.beta_fast || 32,
    betaSlow: given.beta_slow || 1,
    isTruncated: given.truncate ?? true,
    attentionFactor: given.attention_factor ?? inferred,
  }
}

/** The `rope_scaling` of a config.json; null for the default. */
export function ropeScalingJson(scaling: RopeScaling): object | null {
  switch (scaling.type) {
    case 'default':
      return null
    case 'linear':
    case 'dynamic':
      return { rope_type: scaling.type, type: scaling.type, factor: scaling.factor }
    case 'llama3':
      return {
        rope_type: scaling.type,
        factor: scaling.factor,
        low_freq_factor: scaling.lowFrequencyFactor,
        high_freq_factor: scaling.highFrequencyFactor,
        original_max_position_embeddings: scaling.originalPositions,
      }
    case 'yarn':
      return {
        rope_type: scaling.type,
        factor: scaling.factor,
        original_max_position_embeddings: scaling.originalPositions,
        beta_fast: scaling.betaFast,
        beta_slow: scaling.betaSlow,
        truncate: scaling.isTruncated,
        attention_factor: scaling.attentionFactor,
      }
  }
}
