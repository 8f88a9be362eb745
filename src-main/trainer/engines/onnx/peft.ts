/**
 * LoRA adapters in PEFT's own format: adapter_config.json and adapter_model.safetensors.
 * Source: the names that PEFT's `save_pretrained` writes (0.21). Which layers are adapted is read from the tensors, not from `target_modules`,
 * whose spellings (lists, patterns, "all-linear", ranges of layers) all end in tensors.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeJson } from './full-disk.ts'
import type { ModelConfig } from './model/config.ts'
import { adapterNames, initialAdapter, linearLayers, TARGET_MODULES, type Tensor, type Tensors } from './model/weights.ts'
import { readLoraSettings, refuseAdapter, refuseTensor, type LoraSettings } from './peft-settings.ts'
import { readTensors } from './safetensors.ts'
import { writeTensors } from './safetensors-writer.ts'

export const PEFT_FILES = { settings: 'adapter_config.json', tensors: 'adapter_model.safetensors' } as const
const PEFT_PREFIX = 'base_model.model.'
const PICKLED = ['adapter_model.bin', 'adapter_model.pt']

export interface PeftAdapter {
  /** The adapter is scaled by alpha / rank. */
  readonly lora: { readonly rank: number; readonly alpha: number }
  /** A [rank, inputs] and B [outputs, rank] of every linear layer of the model, under the engine's names. */
  readonly tensors: Tensors
}

export interface SavedAdapter {
  readonly lora: { readonly rank: number; readonly alpha: number; readonly dropout: number }
  /** Path or name of the base. */
  readonly base: string
}

/** Writes both files, so that PEFT loads them as they are. Throws Failure disk.full. */
export function writePeftAdapter(folder: string, tensors: Tensors, { lora, base }: SavedAdapter): void {
  writeTensors(join(folder, PEFT_FILES.tensors), new Map([...tensors].map(([name, tensor]) => [PEFT_PREFIX + name, tensor])))
  writeJson(join(folder, PEFT_FILES.settings), {
    peft_type: 'LORA',
    task_type: 'CAUSAL_LM',
    base_model_name_or_path: base,
    r: lora.rank,
    lora_alpha: lora.alpha,
    lora_dropout: lora.dropout,
    target_modules: TARGET_MODULES,
    bias: 'none',
    fan_in_fan_out: false,
    inference_mode: true,
    modules_to_save: null,
    use_rslora: false,
    use_dora: false,
  })
}

/**
 * Reads an adapter that PEFT or this engine saved. Layers that it leaves alone get a B of zeros, which changes nothing, and an A from which
 * they can be trained. Throws Failure adapter.invalid for what would mean another model here, model.missing-file or model.invalid for a bad file.
 */
export function readPeftAdapter(folder: string, config: ModelConfig): PeftAdapter {
  const settings = readLoraSettings(settingsText(folder), folder)
  if (!existsSync(join(folder, PEFT_FILES.tensors))) refuseMissingTensors(folder)
  const saved = readTensors(join(folder, PEFT_FILES.tensors))
  const tensors = initialAdapter(config, settings.rank, UNTRAINED_SEED)
  for (const [fullName, tensor] of saved) {
    const name = fullName.startsWith(PEFT_PREFIX) ? fullName.slice(PEFT_PREFIX.length) : fullName
    const target = tensors.get(name)
    if (target === undefined) refuseForeign(folder, name, config, settings)
    if (target.shape.join() !== tensor.shape.join()) refuseShape(folder, name, tensor, target, settings)
    target.data.set(tensor.data)
  }
  assertPairs(folder, saved, config)
  return { lora: { rank: settings.rank, alpha: settings.alpha }, tensors }
}

/** Of the A matrices that stand beside a B of zeros. */
const UNTRAINED_SEED = 1

function settingsText(folder: string): string {
  try {
    return readFileSync(join(folder, PEFT_FILES.settings), 'utf8')
  } catch {
    return refuseAdapter(
      folder,
      `it has no ${PEFT_FILES.settings}`,
      'Name a folder that PEFT’s `save_pretrained` wrote, or a checkpoint of a run.',
    )
  }
}

function refuseMissingTensors(folder: string): never {
  const pickled = PICKLED.find((file) => existsSync(join(folder, file)))
  if (pickled === undefined)
    return refuseAdapter(folder, `it has no ${PEFT_FILES.tensors}`, 'Copy the adapter again from where it came.')
  return refuseAdapter(
    folder,
    `${pickled} is pickled, and to read it could run any program`,
    'Where you trust it, load it in Python with PEFT and write it with `model.save_pretrained(folder, safe_serialization=True)`.',
  )
}

/** A tensor that no layer of the model has: another kind of tensor, another module, or a deeper model. */
function refuseForeign(folder: string, name: string, config: ModelConfig, settings: LoraSettings): never {
  const layer = /^model\.layers\.(\d+)\./.exec(name)?.[1]
  if (layer === undefined || Number(layer) < config.layerCount) return refuseTensor(folder, name)
  return refuseAdapter(folder, `it adapts layer ${layer}, and the model has ${config.layerCount}`, otherBase(settings))
}

function refuseShape(folder: string, name: string, found: Tensor, wanted: Tensor, settings: LoraSettings): never {
  const problem = `${name} is [${found.shape.join()}], and the model with rank ${settings.rank} needs [${wanted.shape.join()}]`
  return refuseAdapter(folder, problem, otherBase(settings))
}

function otherBase({ base }: LoraSettings): string {
  return base === null
    ? 'Use it with the model that it was trained on.'
    : `Use it with the model that it was trained on: ${base}.`
}

function assertPairs(folder: string, saved: Tensors, config: ModelConfig): void {
  const remedy = 'Copy the adapter again from where it came.'
  if (saved.size === 0) refuseAdapter(folder, `${PEFT_FILES.tensors} is empty`, remedy)
  const has = (name: string): boolean => saved.has(PEFT_PREFIX + name) || saved.has(name)
  for (const { a, b } of linearLayers(config).map(({ name }) => adapterNames(name))) {
    if (has(a) !== has(b)) refuseAdapter(folder, `it has ${has(a) ? a : b} without its other half`, remedy)
  }
}
