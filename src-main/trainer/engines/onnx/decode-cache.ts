/** Keys and values of prompts and responses while a batch is generated. Arrays are fed to ONNX Runtime in place. */
import type { ModelConfig } from './model/config.ts'
import type { DecodeExtent } from './model/decode-graph.ts'
import { MASKED } from './model/llama.ts'
import type { TensorData } from './session.ts'

export interface PromptCache {
  /** Padded count of prompts. */
  readonly prompts: number
  /** Padded length. */
  readonly length: number
  /** True length of each prompt. */
  readonly lengths: readonly number[]
  /** By layer, [prompts, kv, length, size]. */
  readonly keys: readonly Float32Array[]
  readonly values: readonly Float32Array[]
}

export class DecodeCache {
  prompts: number
  readonly #config: ModelConfig
  readonly #group: number
  readonly #promptLength: number
  #promptMask: Float32Array
  #promptKeys: Float32Array[]
  #promptValues: Float32Array[]
  #responseLength = 0
  /** By layer, [rows, kv, responseLength, size]. */
  #responseKeys: Float32Array[] = []
  #responseValues: Float32Array[] = []
  #responseMask = new Float32Array(0)

  constructor(config: ModelConfig, cache: PromptCache, group: number) {
    this.#config = config
    this.#group = group
    this.prompts = cache.prompts
    this.#promptLength = cache.length
    this.#promptKeys = [...cache.keys]
    this.#promptValues = [...cache.values]
    this.#promptMask = Float32Array.from({ length: cache.prompts * cache.length }, (_, i) =>
      i % cache.length < (cache.lengths[Math.floor(i / cache.length)] ?? 1) ? 0 : MASKED,
    )
  }

  get extent(): DecodeExtent {
    return { prompts: this.prompts, group: this.#group, promptLength: this.#promptLength, responseLength: this.#responseLength }
  }

  /** Makes room for `count` response tokens, in steps; what is stored stays. */
  reserve(count: number, step: number): void {
    if (count <= this.#responseLength) return
    const length = Math.ceil(count / step) * step
    const blocks = this.prompts * this.#group * this.#config.keyValueHeadCount
    const size = this.#config.headSize
    const old = this.#responseLength
    const grown = (source: Float32Array | undefined): Float32Array => {
      const target = new Float32Array(blocks * length * size)
      if (source === undefined) return target
      for (let block = 0; block < blocks; block++) {
        target.set(source.subarray(block * old * size, (block + 1) * old * size), block * length * size)
      }
      return target
    }
    const layers = Array.from({ length: this.#config.layerCount }, (_, layer) => layer)
    this.#responseKeys = layers.map((layer) => grown(this.#responseKeys[layer]))
    this.#responseValues = layers.map((layer) => grown(this.#responseValues[layer]))
    const mask = new Float32Array(length).fill(MASKED)
    mask.set(this.#responseMask)
    this.#responseMask = mask
    this.#responseLength = length
  }

  /** Drops all prompts but these; the rest of the new, smaller batch is padding. */
  keep(places: readonly number[], prompts: number): void {
    const promptBlock = this.#config.keyValueHeadCount * this.#promptLength * this.#config.headSize
    const responseBlock = this.#group * this.#config.keyValueHeadCount * this.#responseLength * this.#config.headSize
    const pick = (source: Float32Array, block: number): Float32Array => {
      const target = new Float32Array(prompts * block)
      places.forEach((place, i) => target.set(source.subarray(place * block, (place + 1) * block), i * block))
      return target
    }
    this.#promptKeys = this.#promptKeys.map((keys) => pick(keys, promptBlock))
    this.#promptValues = this.#promptValues.map((values) => pick(values, promptBlock))
    this.#responseKeys = this.#responseKeys.map((keys) => pick(keys, responseBlock))
    this.#responseValues = this.#responseValues.map((values) => pick(values, responseBlock))
    this.#promptMask = pick(this.#promptMask, this.#promptLength)
    this.prompts = prompts
  }

  /** Everything that the decode graph reads of the cache when token number t is fed. */
  inputs(t: number): Map<string, TensorData> {
    for (let i = 0; i < t; i++) this.#responseMask[i] = 0
    const inputs = new Map<string, TensorData>([
      ['prompt_mask', this.#promptMask],
      ['response_mask', this.#responseMask],
    ])
    for (let layer = 0; layer < this.#config.layerCount; layer++) {
      inputs.set(`prompt_keys:${layer}`, this.#promptKeys[layer]!)
      inputs.set(`prompt_values:${layer}`, this.#promptValues[layer]!)
      inputs.set(`response_keys:${layer}`, this.#responseKeys[layer]!)
      inputs.set(`response_values:${layer}`, this.#responseValues[layer]!)
    }
    return inputs
  }

  /** Stores the keys and values of token number t, each [layers, rows, kv, size]. */
  write(t: number, keys: Float32Array, values: Float32Array): void {
    const size = this.#config.headSize
    const blocks = this.prompts * this.#group * this.#config.keyValueHeadCount
    for (let layer = 0; layer < this.#config.layerCount; layer++) {
      const [toKeys, toValues] = [this.#responseKeys[layer]!, this.#responseValues[layer]!]
      for (let block = 0; block < blocks; block++) {
        const from = (layer * blocks + block) * size
        const to = (block * this.#responseLength + t) * size
        toKeys.set(keys.subarray(from, from + size), to)
        toValues.set(values.subarray(from, from + size), to)
      }
    }
  }
}
