/**
 * adapter_config.json of PEFT: what this engine reads of it, and what it refuses by name.
 * Source: PEFT's LoraConfig as of version 0.21. An unknown field that is not set changes nothing; one that is set might, so it is looked for here.
 */
import { z } from 'zod'
import { Failure } from '#contract/failure'

/** Beside the tensors. Fields that only matter while PEFT trains (dropout, inference_mode) are not read. */
const settingsSchema = z.looseObject({
  peft_type: z.string(),
  r: z.int().min(1),
  lora_alpha: z.number().positive(),
  use_rslora: z.boolean().nullish(),
  base_model_name_or_path: z.string().nullish(),
  target_modules: z.union([z.string(), z.array(z.string())]).nullish(),
})

export interface LoraSettings {
  readonly rank: number
  /** The adapter is scaled by alpha / rank. */
  readonly alpha: number
  /** The base as whoever saved it called it; null when it was not said. */
  readonly base: string | null
}

type Fields = z.infer<typeof settingsSchema>

const MERGE =
  'Merge it into its base in Python with PEFT (`model.merge_and_unload().save_pretrained(folder)`) and use that folder as the model.'

/** Throws Failure adapter.invalid. */
export function refuseAdapter(folder: string, problem: string, remedy: string): never {
  throw new Failure('adapter.invalid', { folder, problem, remedy })
}

/** Throws Failure adapter.invalid, naming the first setting that this engine does not follow. */
export function readLoraSettings(text: string, folder: string): LoraSettings {
  const fields = parse(text, folder)
  const { peft_type: type, r: rank, lora_alpha: alpha, use_rslora: isRankStabilised } = fields
  if (type !== 'LORA') refuseAdapter(folder, `peft_type "${type}" is not supported`, `Use a LoRA adapter. ${MERGE}`)
  for (const name of Object.keys(CHANGES_RESULT)) {
    const problem = CHANGES_RESULT[name]!(fields[name])
    if (problem !== null) refuseAdapter(folder, `${name} ${problem}`, MERGE)
  }
  refuseModules(fields, folder)
  // Rank-stabilised LoRA scales by alpha / √rank.
  return {
    rank,
    alpha: isRankStabilised === true ? alpha * Math.sqrt(rank) : alpha,
    base: fields.base_model_name_or_path ?? null,
  }
}

function parse(text: string, folder: string): Fields {
  const remedy = 'Copy the adapter again from where it came.'
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return refuseAdapter(folder, 'adapter_config.json is not JSON', remedy)
  }
  const parsed = settingsSchema.safeParse(json)
  if (parsed.success) return parsed.data
  const { path, message } = parsed.error.issues[0]!
  return refuseAdapter(folder, `adapter_config.json: ${[...path, message].join(': ')}`, remedy)
}

/** What is wrong with a value; null for nothing. */
type Rule = (value: unknown) => string | null

const isEmpty = (value: unknown): boolean =>
  value === undefined || value === null || value === false || (typeof value === 'object' && Object.keys(value).length === 0)
const unset: Rule = (value) => (isEmpty(value) ? null : 'is set, which is not supported')
const oneOf =
  (...allowed: readonly unknown[]): Rule =>
  (value) =>
    value === undefined || value === null || allowed.includes(value) ? null : `${JSON.stringify(value)} is not supported`

/** Settings with which the same tensors mean another model. */
const CHANGES_RESULT: Readonly<Record<string, Rule>> = {
  use_dora: unset,
  bias: oneOf('none'),
  lora_bias: unset,
  modules_to_save: unset,
  rank_pattern: unset,
  alpha_pattern: unset,
  fan_in_fan_out: unset,
  target_parameters: unset,
  trainable_token_indices: unset,
  layer_replication: unset,
  alora_invocation_tokens: unset,
  arrow_config: unset,
  kasa_config: unset,
  velora_config: unset,
  monteclora_config: unset,
  use_qalora: unset,
  use_bdlora: unset,
  // The other ways to begin (PiSSA, OLoRA, CorDA, LoftQ, LoRA-GA) change the base as well.
  init_lora_weights: oneOf(true, false, 'gaussian', 'orthogonal', 'eva'),
}

/** Modules outside the decoder layers, which the engine does not adapt. */
const OUTSIDE = ['embed_tokens', 'lm_head']

function refuseModules({ target_modules: targets }: Fields, folder: string): void {
  const named = Array.isArray(targets) ? targets.map((target) => target.split('.').at(-1)!) : []
  const outside = named.find((name) => OUTSIDE.includes(name))
  if (outside !== undefined) refuseAdapter(folder, `it adapts ${outside}, which this engine does not`, MERGE)
}

export function refuseTensor(folder: string, name: string): never {
  return refuseAdapter(folder, `it adapts ${name}, which this engine does not`, MERGE)
}
