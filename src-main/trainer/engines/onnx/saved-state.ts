/**
 * What an engine writes into a checkpoint: the adapter in PEFT's own format (or all weights), the value head, the optimizer.
 * `adapter_model.safetensors` and `adapter_config.json` load in PEFT as they are.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Failure } from '#contract/failure'
import type { EngineSettings } from '../engine.ts'
import type { AdamW, Moments } from './model/optimizer.ts'
import { TARGET_MODULES, VALUE_HEAD, type Tensors } from './model/weights.ts'
import { readTensors, writeTensors } from './safetensors.ts'

const PEFT_PREFIX = 'base_model.model.'
const FILES = {
  adapter: 'adapter_model.safetensors',
  adapterConfig: 'adapter_config.json',
  weights: 'model.safetensors',
  valueHead: 'value_head.safetensors',
  optimizer: 'optimizer.safetensors',
  optimizerState: 'optimizer.json',
} as const

export function saveState(directory: string, trained: Tensors, optimizer: AdamW, settings: EngineSettings): void {
  const head = pick(trained, isValueHead)
  const model = pick(trained, (name) => !isValueHead(name))
  if (settings.lora === null) writeTensors(join(directory, FILES.weights), model)
  else {
    writeTensors(join(directory, FILES.adapter), new Map([...model].map(([name, tensor]) => [PEFT_PREFIX + name, tensor])))
    writeFileSync(join(directory, FILES.adapterConfig), JSON.stringify(adapterConfig(settings), null, 2))
  }
  if (head.size > 0) writeTensors(join(directory, FILES.valueHead), head)
  const moments = new Map([...optimizer.moments].flatMap(([name, pair]) => momentTensors(name, pair, trained)))
  writeTensors(join(directory, FILES.optimizer), moments)
  writeFileSync(join(directory, FILES.optimizerState), JSON.stringify({ step: optimizer.step }))
}

/** Overwrites tensors and optimizer in place. `optimizer: null` loads the weights alone. */
export function loadState(directory: string, trained: Tensors, optimizer: AdamW | null, settings: EngineSettings): void {
  const file = settings.lora === null ? FILES.weights : FILES.adapter
  const prefix = settings.lora === null ? '' : PEFT_PREFIX
  fill(
    readTensors(join(directory, file)),
    pick(trained, (name) => !isValueHead(name)),
    prefix,
    directory,
    file,
  )
  const head = pick(trained, isValueHead)
  if (head.size > 0 && existsSync(join(directory, FILES.valueHead))) {
    fill(readTensors(join(directory, FILES.valueHead)), head, '', directory, FILES.valueHead)
  }
  if (optimizer === null) return
  const saved = readTensors(join(directory, FILES.optimizer))
  for (const [name, { first, second }] of optimizer.moments) {
    first.set(required(saved, `${name}:first`, first.length, directory, FILES.optimizer))
    second.set(required(saved, `${name}:second`, second.length, directory, FILES.optimizer))
  }
  optimizer.step = (JSON.parse(readFileSync(join(directory, FILES.optimizerState), 'utf8')) as { step: number }).step
}

function adapterConfig({ lora, modelFolder }: EngineSettings): object {
  return {
    peft_type: 'LORA',
    task_type: 'CAUSAL_LM',
    base_model_name_or_path: modelFolder,
    r: lora!.rank,
    lora_alpha: lora!.alpha,
    lora_dropout: lora!.dropout,
    target_modules: TARGET_MODULES,
    bias: 'none',
    fan_in_fan_out: false,
    inference_mode: true,
    modules_to_save: null,
    use_rslora: false,
    use_dora: false,
  }
}

function isValueHead(name: string): boolean {
  return name === VALUE_HEAD.weight || name === VALUE_HEAD.bias
}

function pick(tensors: Tensors, keep: (name: string) => boolean): Tensors {
  return new Map([...tensors].filter(([name]) => keep(name)))
}

function momentTensors(
  name: string,
  { first, second }: Moments,
  trained: Tensors,
): [string, { shape: readonly number[]; data: Float32Array }][] {
  const { shape } = trained.get(name)!
  return [
    [`${name}:first`, { shape, data: first }],
    [`${name}:second`, { shape, data: second }],
  ]
}

function fill(saved: Tensors, target: Tensors, prefix: string, directory: string, file: string): void {
  for (const [name, { data }] of target) data.set(required(saved, prefix + name, data.length, directory, file))
}

function required(saved: Tensors, name: string, length: number, folder: string, file: string): Float32Array {
  const tensor = saved.get(name)
  if (tensor === undefined || tensor.data.length !== length) {
    const problem = tensor === undefined ? `${file} has no tensor ${name}` : `${file}: ${name} has another shape than this run's`
    throw new Failure('model.invalid', {
      folder,
      problem,
      remedy: 'Use a checkpoint of a run with the same model and adapter rank.',
    })
  }
  return tensor.data
}
