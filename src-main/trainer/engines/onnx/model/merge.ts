/** Base and adapter as one set of weights, for generation. */
import type { ModelConfig } from './config.ts'
import { adapterNames, linearLayers, type Tensors } from './weights.ts'

/** W + alpha / rank · B A for every adapted layer; the other tensors are shared, not copied. */
export function mergeAdapter(
  config: ModelConfig,
  weights: Tensors,
  adapter: Tensors,
  lora: { rank: number; alpha: number },
): Tensors {
  const merged: Tensors = new Map(weights)
  const scale = lora.alpha / lora.rank
  for (const { name, inputs, outputs } of linearLayers(config)) {
    const names = adapterNames(name)
    const [a, b] = [adapter.get(names.a)!.data, adapter.get(names.b)!.data]
    const base = weights.get(`${name}.weight`)!
    const data = base.data.slice()
    for (let row = 0; row < outputs; row++) {
      for (let r = 0; r < lora.rank; r++) {
        const factor = scale * b[row * lora.rank + r]!
        if (factor === 0) continue
        const [to, from] = [row * inputs, r * inputs]
        for (let i = 0; i < inputs; i++) data[to + i] = data[to + i]! + factor * a[from + i]!
      }
    }
    merged.set(`${name}.weight`, { shape: base.shape, data })
  }
  return merged
}
