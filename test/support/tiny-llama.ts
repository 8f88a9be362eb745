/** A model small enough to check by finite differences: 2 layers, grouped heads. */
import { initialAdapter, initialValueHead, initialWeights, type Tensors } from '#trainer/engines/onnx/model/weights'
import type { ModelConfig } from '#trainer/engines/onnx/model/config'
import type { EngineSettings } from '#trainer/engines/engine'
import type { ModelState } from '#trainer/engines/onnx/train-sessions'
import { createRandom } from '#trainer/math/random'

export const TINY_CONFIG: ModelConfig = {
  family: 'llama',
  vocabularySize: 24,
  hiddenSize: 16,
  intermediateSize: 24,
  layerCount: 2,
  headCount: 4,
  keyValueHeadCount: 2,
  headSize: 4,
  normEpsilon: 1e-6,
  ropeTheta: 10_000,
  ropeScaling: { type: 'default' },
  maxPositions: 128,
  isTied: false,
  biasedLayers: [],
}

export const TINY_SETTINGS: EngineSettings = {
  modelFolder: '',
  lora: { rank: 4, alpha: 8, dropout: 0 },
  hasValueHead: true,
  optimizer: { beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0, maxGradNorm: 1 },
  microbatchSize: 8,
  seed: 1,
  threads: 1,
}

/** Weights ten times as spread as a fresh model's, so that no gradient drowns in rounding; adapter B and value head not zero. */
export function aModelState(lora: EngineSettings['lora'], hasValueHead: boolean): ModelState & { readonly weights: Tensors } {
  const weights = spread(initialWeights(TINY_CONFIG, 3), 10)
  const head: Tensors = hasValueHead ? noisy(initialValueHead(TINY_CONFIG), 4) : new Map()
  const trained: Tensors =
    lora === null ? new Map([...weights, ...head]) : new Map([...noisy(initialAdapter(TINY_CONFIG, lora.rank, 5), 6), ...head])
  return { config: TINY_CONFIG, weights, trained }
}

function spread(tensors: Tensors, factor: number): Tensors {
  for (const [name, { data }] of tensors) if (!name.includes('norm')) data.forEach((value, i) => (data[i] = value * factor))
  return tensors
}

function noisy(tensors: Tensors, seed: number): Tensors {
  const random = createRandom(seed)
  for (const { data } of tensors.values()) data.forEach((value, i) => (data[i] = value + (random.next() - 0.5) * 0.2))
  return tensors
}
