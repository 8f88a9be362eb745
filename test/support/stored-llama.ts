/** A small model, its base stored in fewer bits, and the same base as the float32 that its bits stand for. */
import type { BaseStorage, EngineSettings } from '#trainer/engines/engine'
import type { ModelConfig } from '#trainer/engines/onnx/model/config'
import { BLOCK, scalesName, storedTypes, ZERO_LEVEL } from '#trainer/engines/onnx/model/stored-weights'
import { initialAdapter, initialWeights, type BaseTensors, type Tensors } from '#trainer/engines/onnx/model/weights'
import { storeBase } from '#trainer/engines/onnx/stored-base'
import { uniform } from '#test/support/run-graph'
import { TINY_CONFIG, TINY_SETTINGS } from '#test/support/tiny-llama'

/** Rows of 80 and 168 weights, over whose ends blocks reach; biases in the attention. */
export const STORED_CONFIG: ModelConfig = {
  ...TINY_CONFIG,
  family: 'qwen2',
  hiddenSize: 80,
  intermediateSize: 168,
  headSize: 20,
  biasedLayers: ['q_proj', 'k_proj', 'v_proj'],
}

export const STORED_SETTINGS: EngineSettings = { ...TINY_SETTINGS, hasValueHead: false }

/** Five times as spread as a fresh model, so that no gradient drowns in rounding. */
export function spreadWeights(config = STORED_CONFIG): Tensors {
  const weights = initialWeights(config, 3)
  for (const [name, { data }] of weights) if (!name.includes('norm')) data.forEach((value, i) => (data[i] = 5 * value))
  for (const [name, { data }] of weights) if (name.endsWith('.bias')) data.set(uniform(data.length, data.length))
  return weights
}

/** An adapter whose B is not zero. */
export function noisyAdapter(config = STORED_CONFIG): Tensors {
  const adapter = initialAdapter(config, TINY_SETTINGS.lora!.rank, 5)
  for (const [name, { data }] of adapter)
    if (name.includes('lora_B')) uniform(data.length, 6).forEach((x, i) => (data[i] = x / 10))
  return adapter
}

export function storedAs(storage: BaseStorage, config = STORED_CONFIG): BaseTensors {
  return storeBase(spreadWeights(config), config, storage)
}

/** What the stored bits stand for. */
export function inFull(base: BaseTensors, storage: BaseStorage, config = STORED_CONFIG): Tensors {
  const types = storedTypes(config, storage)
  const shapes = new Map([...spreadWeights(config)].map(([name, { shape }]) => [name, shape]))
  return new Map(
    [...shapes].map(([name, shape]) => {
      const { data } = base.get(name)!
      if (types.get(name) === undefined) return [name, { shape, data: data as Float32Array }]
      if (types.get(name) === 'float16') return [name, { shape, data: Float32Array.from(new Float16Array(data.buffer)) }]
      return [name, { shape, data: dequantized(data as Uint8Array, base.get(scalesName(name))!.data as Float32Array) }]
    }),
  )
}

export function dequantized(levels: Uint8Array, scales: Float32Array): Float32Array {
  return Float32Array.from({ length: scales.length * BLOCK }, (_, i) => {
    const [block, at] = [Math.floor(i / BLOCK), i % BLOCK]
    const byte = levels[(block * BLOCK) / 2 + (at % (BLOCK / 2))]!
    return scales[block]! * ((at < BLOCK / 2 ? byte & 15 : byte >> 4) - ZERO_LEVEL)
  })
}
