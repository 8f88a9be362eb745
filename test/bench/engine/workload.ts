/** What both sides of the bench do: models of three sizes, one minibatch, one batch of prompts. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { modelConfigJson, type ModelConfig } from '#trainer/engines/onnx/model/config'
import { initialWeights } from '#trainer/engines/onnx/model/weights'
import { writeTensors } from '#trainer/engines/onnx/safetensors-writer'
import type { Objective, TrainingSequence } from '#trainer/flow'
import { createRandom } from '#trainer/math/random'

export interface Size {
  readonly name: string
  readonly hidden: number
  readonly inner: number
  readonly layers: number
  /** Pairs that are measured. */
  readonly tries: number
}

export const SIZES: readonly Size[] = [
  { name: '5 M', hidden: 256, inner: 688, layers: 6, tries: 5 },
  { name: '25 M', hidden: 512, inner: 1376, layers: 8, tries: 3 },
  { name: '100 M', hidden: 768, inner: 2048, layers: 12, tries: 3 },
]

export const TRAIN = { batch: 16, prompt: 64, completion: 128, rank: 16, alpha: 32 } as const
export const DECODE = { batch: 32, prompt: 64, completion: 128 } as const
const VOCABULARY = 4096

export function configOf({ hidden, inner, layers }: Size): ModelConfig {
  return {
    family: 'llama',
    vocabularySize: VOCABULARY,
    hiddenSize: hidden,
    intermediateSize: inner,
    layerCount: layers,
    headCount: hidden / 64,
    keyValueHeadCount: hidden / 64,
    headSize: 64,
    normEpsilon: 1e-5,
    ropeTheta: 10_000,
    ropeScaling: { type: 'default' },
    maxPositions: 512,
    isTied: true,
    biasedLayers: [],
  }
}

/** A Hugging Face folder with random weights of that size. */
export function writeModel(folder: string, size: Size): string {
  mkdirSync(folder, { recursive: true })
  const config = configOf(size)
  writeFileSync(join(folder, 'config.json'), JSON.stringify(modelConfigJson(config, { bos: 1, eos: 0, pad: 2 })))
  writeTensors(join(folder, 'model.safetensors'), initialWeights(config, 1))
  return folder
}

export function randomTokens(rows: number, length: number, seed: number): number[][] {
  const random = createRandom(seed)
  return Array.from({ length: rows }, () => Array.from({ length }, () => 3 + random.below(VOCABULARY - 3)))
}

/** Old log-probs of -8 and advantages of +1 and -1 in turns, as the other side has them. */
export function trainingSequences(prompts: readonly number[][], completions: readonly number[][]): TrainingSequence[] {
  return prompts.map((promptTokens, i) => ({
    promptTokens,
    completionTokens: completions[i]!,
    oldLogprobs: new Float32Array(completions[i]!.length).fill(-8),
    refLogprobs: null,
    advantages: new Float32Array(completions[i]!.length).fill(i % 2 === 0 ? 1 : -1),
    returns: null,
    oldValues: null,
    weight: 1,
  }))
}

export const POLICY_OBJECTIVE: Objective = {
  kind: 'policy',
  temperature: 1,
  clipEpsilonLow: 0.2,
  clipEpsilonHigh: 0.28,
  klCoef: 0,
  entropyCoef: 0,
  lossMean: 'token',
  value: null,
  learningRate: 1e-6,
  valueLearningRate: 0,
}

/**
 * Multiplications and additions that a step cannot do without: the frozen matrices forward and once backward (no gradient of their own), head on
 * completion positions alone, adapters forward and twice backward, causal attention (half of the square) forward and twice backward.
 */
export function trainFlops(size: Size): number {
  const tokens = TRAIN.batch * (TRAIN.prompt + TRAIN.completion)
  const { hidden, inner, layers } = size
  const matrices = layers * (4 * hidden * hidden + 3 * hidden * inner)
  const adapters = layers * TRAIN.rank * (4 * 2 * hidden + 3 * (hidden + inner))
  const head = VOCABULARY * hidden * TRAIN.batch * TRAIN.completion
  const attention = (layers * tokens * (TRAIN.prompt + TRAIN.completion) * 2 * hidden) / 2
  return 2 * (2 * (tokens * matrices + head) + 3 * (tokens * adapters + attention))
}
