/** One training step of a model small enough for any device: every kind of node that a real one has, with gradients of adapter and value head. */
import { createRandom, type Random } from '../../../math/random.ts'
import { sizeOf, type Graph } from '../graph/graph.ts'
import type { ModelConfig } from '../model/config.ts'
import { SCALAR_INPUTS } from '../model/loss.ts'
import { buildTrainGraph, type Extent } from '../model/train-graph.ts'
import type { TensorData } from '../session.ts'

/** 2 layers, grouped heads, a vocabulary that is no multiple of a workgroup. */
const CONFIG: ModelConfig = {
  family: 'llama',
  vocabularySize: 29,
  hiddenSize: 16,
  intermediateSize: 24,
  layerCount: 2,
  headCount: 4,
  keyValueHeadCount: 2,
  headSize: 4,
  normEpsilon: 1e-6,
  ropeTheta: 10_000,
  ropeScaling: { type: 'default' },
  maxPositions: 24,
  isTied: false,
  biasedLayers: [],
}

/** Each more shape is some more shaders to compile. */
const EXTENT: Extent = { batch: 2, length: 24, picked: 8, shared: null }

const SCALARS: Readonly<Record<(typeof SCALAR_INPUTS)[number], number>> = {
  inverse_temperature: 1.25,
  ratio_low: 0.8,
  ratio_high: 1.2,
  kl_coef: 0.1,
  entropy_coef: 0.05,
  value_coef: 0.5,
  value_clip: 0.2,
}

/** Outputs as those of buildTrainGraph. */
export function tinyTrainingStep(): { graph: Graph; data: ReadonlyMap<string, TensorData> } {
  const graph = buildTrainGraph(CONFIG, EXTENT, {
    adapter: { rank: 4, scale: 2 },
    hasValueHead: true,
    objective: 'policy',
    hasEntropyBonus: true,
  })
  const random = createRandom(11)
  const data = new Map(
    graph.inputs.map(({ name, dtype, shape }) => [
      name,
      dtype === 'int64' ? indices(random, name, sizeOf(shape)) : numbers(random, name, sizeOf(shape)),
    ]),
  )
  return { graph, data }
}

function indices(random: Random, name: string, size: number): BigInt64Array {
  const below = name === 'places' ? EXTENT.batch * EXTENT.length : CONFIG.vocabularySize
  return BigInt64Array.from({ length: size }, () => BigInt(Math.floor(random.next() * below)))
}

function numbers(random: Random, name: string, size: number): Float32Array {
  const isScalar = (SCALAR_INPUTS as readonly string[]).includes(name)
  if (isScalar) return Float32Array.of(SCALARS[name as keyof typeof SCALARS])
  const spread = (middle: number, by: number): Float32Array =>
    Float32Array.from({ length: size }, () => middle + (random.next() * 2 - 1) * by)
  if (name.endsWith('norm.weight')) return spread(1, 0.2)
  if (name.endsWith('_logprobs')) return spread(-Math.log(CONFIG.vocabularySize), 0.3)
  if (name === 'weights') return spread(1 / EXTENT.picked, 0)
  return spread(0, ['advantages', 'returns', 'old_values'].includes(name) ? 1 : 0.3)
}
