/** Base and adapter added up, one layer at a time. */
import { adapterNames, type Tensors } from './weights.ts'

/** Adds alpha / rank · B A of one layer to its weight [outputs, inputs], in place. */
export function addAdapter(weight: Float32Array, layer: string, adapter: Tensors, lora: { rank: number; alpha: number }): void {
  const names = adapterNames(layer)
  const [a, b] = [adapter.get(names.a)!.data, adapter.get(names.b)!.data]
  const { rank } = lora
  const scale = lora.alpha / rank
  const [inputs, outputs] = [a.length / rank, b.length / rank]
  for (let row = 0; row < outputs; row++) {
    for (let r = 0; r < rank; r++) {
      const factor = scale * b[row * rank + r]!
      if (factor === 0) continue
      const [to, from] = [row * inputs, r * inputs]
      for (let i = 0; i < inputs; i++) weight[to + i] = weight[to + i]! + factor * a[from + i]!
    }
  }
}
