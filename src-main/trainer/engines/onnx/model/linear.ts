/** Linear layers, and the gradients of their LoRA adapters. */
import type { Graph, Value } from '../graph/graph.ts'
import type { AdapterOptions, ModelInputs } from './llama.ts'
import { isStored, storedProduct } from './stored-weights.ts'
import { adapterNames } from './weights.ts'

/**
 * x [rows, inputs] -> [rows, outputs]: x Wᵀ, plus the bias if the layer has one. W holds the adapter, see adapted(), unless there is dropout, see
 * dropped(), or the base is stored in fewer bits, see beside().
 */
export function linear(graph: Graph, model: ModelInputs, x: Value, name: string): Value {
  const { adapter, weights } = model
  const bias = weights.get(`${name}.bias`)
  const weight = weights.get(`${name}.weight`)!
  const product = isStored(weight)
    ? storedProduct(graph, weights, x, `${name}.weight`)
    : graph.apply('matmul', [x, weight], { transA: 0, transB: 1, alpha: 1 })
  const y = bias === undefined ? product : graph.apply('add', [product, bias])
  if (adapter === null || !weights.has(adapterNames(name).a)) return y
  const layer = { x, y, name }
  if (hasDropout(adapter)) return dropped(graph, model, adapter, layer)
  return isStored(weight) ? beside(graph, model, layer, x, adapter.scale) : adapted(graph, model, adapter, layer)
}

export function hasDropout({ dropout = 0 }: { readonly dropout?: number }): boolean {
  return dropout > 0
}

/** Input that says which elements of an adapted layer's input are kept, bool, of the input's shape. */
export function maskName(layer: string): string {
  return `${layer}.kept`
}

interface Layer {
  readonly x: Value
  readonly y: Value
  readonly name: string
}

/**
 * The gradients of y = x (W + s B A)ᵀ, where W + s B A is one matrix that was summed before the run: dx = dy (W + s B A), dA = s (dy B)ᵀ x,
 * dB = s dyᵀ (x Aᵀ). The adapter costs four thin products a layer and no pass over x or y, and what is trained is what is sampled from.
 */
function adapted(graph: Graph, { weights }: ModelInputs, { scale }: AdapterOptions, { x, y, name }: Layer): Value {
  const names = adapterNames(name)
  const [a, b] = [weights.get(names.a)!, weights.get(names.b)!]
  const times = (left: Value, right: Value, transA: number, transB: number, alpha = 1): Value =>
    graph.apply('matmul', [left, right], { transA, transB, alpha })
  return graph.custom(y, [x, a, b], ({ gradient }) => [
    x.requiresGradient ? times(gradient, weights.get(`${name}.weight`)!, 0, 0) : null,
    times(times(gradient, b, 0, 0), x, 1, 0, scale),
    times(gradient, times(x, a, 0, 1), 1, 0, scale),
  ])
}

/** y + s / (1 - p) · (x ∘ kept) Aᵀ Bᵀ: PEFT's dropout, on the input of the adapter alone. The mean over masks is the layer without dropout. */
function dropped(graph: Graph, model: ModelInputs, adapter: AdapterOptions, layer: Layer): Value {
  const { x, name } = layer
  // A layer that is computed again reads the same mask.
  const declared = graph.inputs.find((input) => input.name === maskName(name))
  const kept = declared ?? graph.input(maskName(name), x.shape, { dtype: 'bool' })
  const sparse = graph.apply('where', [kept, x, graph.scalar(0)])
  return beside(graph, model, layer, sparse, adapter.scale / (1 - adapter.dropout!))
}

/** y + factor · input Aᵀ Bᵀ */
function beside(graph: Graph, { weights }: ModelInputs, { y, name }: Layer, input: Value, factor: number): Value {
  const names = adapterNames(name)
  const thin = graph.apply('matmul', [input, weights.get(names.a)!], { transA: 0, transB: 1, alpha: factor })
  return graph.apply('add', [y, graph.apply('matmul', [thin, weights.get(names.b)!], { transA: 0, transB: 1, alpha: 1 })])
}
