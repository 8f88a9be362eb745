/** Named tensors of a model, of its adapter and of its value head, under the names of Hugging Face and PEFT. */
import { createRandom, hashSeed } from '../../../math/random.ts'
import type { ModelConfig } from './config.ts'

export interface Tensor {
  readonly shape: readonly number[]
  readonly data: Float32Array
}

export type Tensors = Map<string, Tensor>

/** A tensor of the base: float32, or as stored-weights.ts says. A Uint16Array holds the bits of halves. */
export interface BaseTensor {
  readonly shape: readonly number[]
  readonly data: Float32Array | Uint16Array | Uint8Array
}

export type BaseTensors = Map<string, BaseTensor>

/** The same tensors where all are float32. Throws RangeError, naming one that is not. */
export function floatsOf(tensors: BaseTensors): Tensors {
  for (const [name, { data }] of tensors) {
    if (!(data instanceof Float32Array)) throw new RangeError(`${name} is not stored as float32`)
  }
  return tensors as Tensors
}

export const VALUE_HEAD = { weight: 'value_head.weight', bias: 'value_head.bias' } as const

export function isValueHead(name: string): boolean {
  return name === VALUE_HEAD.weight || name === VALUE_HEAD.bias
}

/** Linear layers that get an adapter, as PEFT calls them. */
export const TARGET_MODULES = ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'] as const

/** Adapted linear layers, by the prefix of their names. */
export function linearLayers(config: ModelConfig): { name: string; inputs: number; outputs: number }[] {
  const { hiddenSize, intermediateSize } = config
  const queries = config.headCount * config.headSize
  const keys = config.keyValueHeadCount * config.headSize
  return Array.from({ length: config.layerCount }, (_, layer) => {
    const at = `model.layers.${layer}`
    return [
      { name: `${at}.self_attn.q_proj`, inputs: hiddenSize, outputs: queries },
      { name: `${at}.self_attn.k_proj`, inputs: hiddenSize, outputs: keys },
      { name: `${at}.self_attn.v_proj`, inputs: hiddenSize, outputs: keys },
      { name: `${at}.self_attn.o_proj`, inputs: queries, outputs: hiddenSize },
      { name: `${at}.mlp.gate_proj`, inputs: hiddenSize, outputs: intermediateSize },
      { name: `${at}.mlp.up_proj`, inputs: hiddenSize, outputs: intermediateSize },
      { name: `${at}.mlp.down_proj`, inputs: intermediateSize, outputs: hiddenSize },
    ]
  }).flat()
}

/** Name -> shape of every tensor of a model; linear layers are [outputs, inputs]. */
export function weightShapes(config: ModelConfig): Map<string, readonly number[]> {
  const shapes = new Map<string, readonly number[]>()
  shapes.set('model.embed_tokens.weight', [config.vocabularySize, config.hiddenSize])
  for (let layer = 0; layer < config.layerCount; layer++) {
    shapes.set(`model.layers.${layer}.input_layernorm.weight`, [config.hiddenSize])
    shapes.set(`model.layers.${layer}.post_attention_layernorm.weight`, [config.hiddenSize])
  }
  for (const { name, inputs, outputs } of linearLayers(config)) {
    shapes.set(`${name}.weight`, [outputs, inputs])
    if (config.biasedLayers.some((layer) => name.endsWith(`.${layer}`))) shapes.set(`${name}.bias`, [outputs])
  }
  shapes.set('model.norm.weight', [config.hiddenSize])
  if (!config.isTied) shapes.set('lm_head.weight', [config.vocabularySize, config.hiddenSize])
  return shapes
}

export function parameterCount(config: ModelConfig): number {
  return [...weightShapes(config).values()].reduce((sum, shape) => sum + shape.reduce((size, extent) => size * extent, 1), 0)
}

export function adapterNames(linear: string): { a: string; b: string } {
  return { a: `${linear}.lora_A.weight`, b: `${linear}.lora_B.weight` }
}

/**
 * A fresh model: normal with deviation 0.02, the projections that write into the residual stream divided by √(2·layers), norms 1, biases 0.
 * Source: the GPT-2 paper's initialisation.
 */
export function initialWeights(config: ModelConfig, seed: number): Tensors {
  const weights: Tensors = new Map()
  for (const [name, shape] of weightShapes(config)) {
    const size = shape.reduce((product, extent) => product * extent, 1)
    const deviation = /(o_proj|down_proj)\.weight$/.test(name) ? 0.02 / Math.sqrt(2 * config.layerCount) : 0.02
    const isMatrix = shape.length > 1
    const data = isMatrix
      ? normal(size, deviation, hashSeed(seed, name))
      : new Float32Array(size).fill(name.includes('norm') ? 1 : 0)
    weights.set(name, { shape, data })
  }
  return weights
}

/** A fresh adapter: A uniform in ±1/√inputs, B zero, so that it changes nothing yet. Source: PEFT's default initialisation. */
export function initialAdapter(config: ModelConfig, rank: number, seed: number): Tensors {
  const adapter: Tensors = new Map()
  for (const { name, inputs, outputs } of linearLayers(config)) {
    const { a, b } = adapterNames(name)
    const random = createRandom(hashSeed(seed, a))
    const bound = 1 / Math.sqrt(inputs)
    adapter.set(a, {
      shape: [rank, inputs],
      data: Float32Array.from({ length: rank * inputs }, () => (random.next() * 2 - 1) * bound),
    })
    adapter.set(b, { shape: [outputs, rank], data: new Float32Array(outputs * rank) })
  }
  return adapter
}

/** A value head that says 0 everywhere. */
export function initialValueHead(config: ModelConfig): Tensors {
  return new Map([
    [VALUE_HEAD.weight, { shape: [1, config.hiddenSize], data: new Float32Array(config.hiddenSize) }],
    [VALUE_HEAD.bias, { shape: [1], data: new Float32Array(1) }],
  ])
}

export function elementCount(tensors: Tensors): number {
  return [...tensors.values()].reduce((sum, { data }) => sum + data.length, 0)
}

export function copyTensors(tensors: Tensors): Tensors {
  return new Map([...tensors].map(([name, { shape, data }]) => [name, { shape, data: data.slice() }]))
}

/** [size] normal numbers by Box and Muller's transform. */
function normal(size: number, deviation: number, seed: number): Float32Array {
  const random = createRandom(seed)
  return Float32Array.from({ length: size }, () => {
    const radius = Math.sqrt(-2 * Math.log(1 - random.next()))
    return deviation * radius * Math.cos(2 * Math.PI * random.next())
  })
}
