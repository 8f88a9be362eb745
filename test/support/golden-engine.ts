/** Golden files of the engine: test/golden/engine/<name>/, made by native/golden/make_golden.py. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Minibatch, Objective } from '#trainer/flow'
import type { EngineSettings, OptimizerSettings } from '#trainer/engines/engine'
import { readModelConfig } from '#trainer/engines/onnx/model/config'
import type { Tensors } from '#trainer/engines/onnx/model/weights'
import { VALUE_HEAD } from '#trainer/engines/onnx/model/weights'
import { readPeftAdapter } from '#trainer/engines/onnx/peft'
import { readTensors } from '#trainer/engines/onnx/safetensors'
import type { ModelState } from '#trainer/engines/onnx/train-sessions'
import { readWeights } from '#trainer/engines/onnx/weights-folder'

const FOLDER = resolve(import.meta.dirname, '../golden/engine')

interface SequenceFields {
  readonly promptTokens: number[]
  readonly completionTokens: number[]
  readonly weight: number
  readonly advantages: number[]
  readonly returns: number[]
  readonly oldValues: number[]
  /** By temperature. */
  readonly oldLogprobs: Record<string, number[]>
  readonly refLogprobs: Record<string, number[]>
}

interface Cases {
  readonly sequences: readonly SequenceFields[]
  readonly objectives: readonly { readonly name: string; readonly objective: Objective; readonly loss: number }[]
  readonly training: {
    readonly objective: Objective
    readonly optimizer: OptimizerSettings
    readonly steps: readonly { readonly loss: number; readonly gradNorm: number }[]
  }
}

export interface Golden {
  readonly name: string
  readonly modelFolder: string
  /** Largest relative error that is allowed, max-norm per tensor. */
  readonly bound: number
  readonly cases: Cases
  readonly expected: Tensors
  readonly lora: EngineSettings['lora']
}

export const GOLDEN_NAMES: readonly string[] = readdirSync(FOLDER).sort()

export function readGolden(name: string): Golden {
  const folder = join(FOLDER, name)
  const json = (file: string): unknown => JSON.parse(readFileSync(join(folder, file), 'utf8'))
  const modelFolder = join(folder, 'model')
  const hasAdapter = existsSync(join(folder, 'adapter'))
  return {
    name,
    modelFolder,
    bound: (json('about.json') as { bound: number }).bound,
    cases: json('cases.json') as Cases,
    expected: readTensors(join(folder, 'expected.safetensors')),
    lora: hasAdapter ? { ...readPeftAdapter(join(folder, 'adapter'), readModelConfig(modelFolder)).lora, dropout: 0 } : null,
  }
}

/** The model, adapter and value head as the golden numbers found them; fresh on each call, for training changes them. */
export function goldenState({ modelFolder, lora, expected }: Golden): ModelState {
  const config = readModelConfig(modelFolder)
  const weights = readWeights(modelFolder, config)
  const head = Object.values(VALUE_HEAD).map((name) => {
    const { shape, data } = expected.get(name)!
    return [name, { shape, data: data.slice() }] as const
  })
  const model = lora === null ? weights : readPeftAdapter(join(modelFolder, '../adapter'), config).tensors
  return { config, weights, trained: new Map([...model, ...head]) }
}

/** What is given for each token, at one of the temperatures that were measured. */
export function goldenMinibatch({ cases }: Golden, temperature: number): Minibatch {
  const key = temperature.toFixed(1)
  return {
    sequences: cases.sequences.map((fields) => ({
      promptTokens: fields.promptTokens,
      completionTokens: fields.completionTokens,
      weight: fields.weight,
      advantages: Float32Array.from(fields.advantages),
      returns: Float32Array.from(fields.returns),
      oldValues: Float32Array.from(fields.oldValues),
      oldLogprobs: Float32Array.from(fields.oldLogprobs[key]!),
      refLogprobs: Float32Array.from(fields.refLogprobs[key]!),
    })),
  }
}

/** Writes beside the bound what was measured against it. */
export function noteMeasured(name: string, measured: string): void {
  const file = join(FOLDER, name, 'about.json')
  const about = JSON.parse(readFileSync(file, 'utf8')) as object
  writeFileSync(file, JSON.stringify({ ...about, measured }, null, 2) + '\n')
}
