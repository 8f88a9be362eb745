/**
 * What an engine writes into a checkpoint: the adapter in PEFT's own format (or all weights), the value head, the optimizer.
 * A folder with nothing but an adapter loads too: one that PEFT made.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Failure } from '#contract/failure'
import type { EngineSettings } from '../engine.ts'
import { writeJson } from './full-disk.ts'
import type { ModelConfig } from './model/config.ts'
import type { AdamW, Moments } from './model/optimizer.ts'
import { isValueHead, type Tensors } from './model/weights.ts'
import { readPeftAdapter, writePeftAdapter } from './peft.ts'
import { refuseAdapter } from './peft-settings.ts'
import { readTensors } from './safetensors.ts'
import { writeTensors } from './safetensors-writer.ts'

export const STATE_FILES = {
  weights: 'model.safetensors',
  valueHead: 'value_head.safetensors',
  optimizer: 'optimizer.safetensors',
  optimizerState: 'optimizer.json',
} as const

/** Throws Failure disk.full, naming the file. */
export function saveState(directory: string, trained: Tensors, optimizer: AdamW, { lora, modelFolder }: EngineSettings): void {
  const head = pick(trained, isValueHead)
  const model = pick(trained, (name) => !isValueHead(name))
  if (lora === null) writeTensors(join(directory, STATE_FILES.weights), model)
  else writePeftAdapter(directory, model, { lora, base: modelFolder })
  if (head.size > 0) writeTensors(join(directory, STATE_FILES.valueHead), head)
  const moments = new Map([...optimizer.moments].flatMap(([name, pair]) => momentTensors(name, pair, trained)))
  writeTensors(join(directory, STATE_FILES.optimizer), moments)
  writeJson(join(directory, STATE_FILES.optimizerState), { step: optimizer.step })
}

/**
 * Overwrites tensors and optimizer in place; without a saved optimizer (an adapter from elsewhere) it begins anew.
 * Throws Failure model.invalid, model.missing-file, adapter.invalid.
 */
export function loadState(
  directory: string,
  trained: Tensors,
  optimizer: AdamW,
  settings: EngineSettings,
  config: ModelConfig,
): void {
  const model = pick(trained, (name) => !isValueHead(name))
  if (settings.lora === null) fill(directory, STATE_FILES.weights, model)
  else loadAdapter(directory, model, settings.lora, config)
  const head = pick(trained, isValueHead)
  if (head.size > 0 && existsSync(join(directory, STATE_FILES.valueHead))) fill(directory, STATE_FILES.valueHead, head)
  loadOptimizer(directory, optimizer)
}

function loadAdapter(folder: string, target: Tensors, lora: NonNullable<EngineSettings['lora']>, config: ModelConfig): void {
  const saved = readPeftAdapter(folder, config)
  const { rank } = saved.lora
  if (rank !== lora.rank)
    refuseAdapter(folder, `its rank is ${rank}, and this run's is ${lora.rank}`, `Set lora.rank to ${rank}.`)
  // Another scale than the run's goes into B, so that the model is the one that was saved.
  const ratio = saved.lora.alpha / lora.alpha
  for (const [name, { data }] of target) {
    const factor = name.endsWith('.lora_B.weight') ? ratio : 1
    const from = saved.tensors.get(name)!.data
    for (let i = 0; i < data.length; i++) data[i] = factor * from[i]!
  }
}

function loadOptimizer(directory: string, optimizer: AdamW): void {
  const files = [STATE_FILES.optimizer, STATE_FILES.optimizerState].map((file) => join(directory, file))
  if (!files.some((file) => existsSync(file))) {
    for (const { first, second } of optimizer.moments.values()) [first, second].forEach((moment) => moment.fill(0))
    optimizer.step = 0
    return
  }
  const saved = readTensors(files[0]!)
  for (const [name, { first, second }] of optimizer.moments) {
    first.set(required(saved, `${name}:first`, first.length, directory, STATE_FILES.optimizer))
    second.set(required(saved, `${name}:second`, second.length, directory, STATE_FILES.optimizer))
  }
  optimizer.step = (JSON.parse(readFileSync(files[1]!, 'utf8')) as { step: number }).step
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

function fill(directory: string, file: string, target: Tensors): void {
  const saved = readTensors(join(directory, file))
  for (const [name, { data }] of target) data.set(required(saved, name, data.length, directory, file))
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
