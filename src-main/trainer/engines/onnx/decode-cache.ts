/** Keys and values of prompts and responses while a batch is generated. Arrays are fed to ONNX Runtime in place. */
import { MASKED } from './model/attention.ts'
import type { ModelConfig } from './model/config.ts'
import type { DecodeExtent } from './model/decode-graph.ts'
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

/** A prompt that stays in the batch: its place there, and the places of the rows that stay, in its group. */
export interface Kept {
  readonly place: number
  readonly members: readonly number[]
}

export class DecodeCache {
  readonly #config: ModelConfig
  readonly #promptLength: number
  #prompts: number
  #group: number
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
    this.#prompts = cache.prompts
    this.#promptLength = cache.length
    this.#promptKeys = [...cache.keys]
    this.#promptValues = [...cache.values]
    this.#promptMask = Float32Array.from({ length: cache.prompts * cache.length }, (_, i) =>
      i % cache.length < (cache.lengths[Math.floor(i / cache.length)] ?? 1) ? 0 : MASKED,
    )
  }

  get extent(): DecodeExtent {
    return { prompts: this.#prompts, group: this.#group, promptLength: this.#promptLength, responseLength: this.#responseLength }
  }

  /** Makes room for `count` response tokens, in steps; what is stored stays. */
  reserve(count: number, step: number): void {
    if (count <= this.#responseLength) return
    const length = Math.ceil(count / step) * step
    const { old, size } = { old: this.#responseLength, size: this.#config.headSize }
    const blocks = this.#prompts * this.#group * this.#config.keyValueHeadCount
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

  /** Drops all rows but these; the rest of the new, smaller batch of prompts x group is padding. */
  keep(kept: readonly Kept[], prompts: number, group: number): void {
    const { headSize, keyValueHeadCount: kv } = this.#config
    const places = kept.map(({ place }, i) => [place, i] as const)
    const rows = kept.flatMap(({ place, members }, i) =>
      members.map((member, k) => [place * this.#group + member, i * group + k] as const),
    )
    const promptBlock = kv * this.#promptLength * headSize
    const responseBlock = kv * this.#responseLength * headSize
    this.#promptKeys = this.#promptKeys.map((keys) => moved(keys, promptBlock, places, prompts))
    this.#promptValues = this.#promptValues.map((values) => moved(values, promptBlock, places, prompts))
    this.#responseKeys = this.#responseKeys.map((keys) => moved(keys, responseBlock, rows, prompts * group))
    this.#responseValues = this.#responseValues.map((values) => moved(values, responseBlock, rows, prompts * group))
    this.#promptMask = moved(this.#promptMask, this.#promptLength, places, prompts)
    this.#prompts = prompts
    this.#group = group
  }

  /** Everything that the decode graph reads of the cache when token number t is fed. */
  inputs(t: number): Map<string, TensorData> {
    this.#responseMask.fill(0, 0, t)
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
    const blocks = this.#prompts * this.#group * this.#config.keyValueHeadCount
    for (let layer = 0; layer < this.#config.layerCount; layer++) {
      const from = layer * blocks * size
      spread(keys, from, this.#responseKeys[layer]!, blocks, size, this.#responseLength, t)
      spread(values, from, this.#responseValues[layer]!, blocks, size, this.#responseLength, t)
    }
  }
}

/** Blocks of `size` numbers that stand end to end, each to place t of its own [length, size]. A loop: subarrays cost more than what they hold. */
function spread(
  source: Float32Array,
  start: number,
  target: Float32Array,
  blocks: number,
  size: number,
  length: number,
  t: number,
): void {
  for (let block = 0; block < blocks; block++) {
    const from = start + block * size
    const to = (block * length + t) * size
    for (let i = 0; i < size; i++) target[to + i] = source[from + i]!
  }
}

/** [count, block] with blocks taken from their old places to new ones; the rest is zero. */
function moved(
  source: Float32Array,
  block: number,
  moves: readonly (readonly [from: number, to: number])[],
  count: number,
): Float32Array {
  const target = new Float32Array(count * block)
  for (const [from, to] of moves) target.set(source.subarray(from * block, (from + 1) * block), to * block)
  return target
}
