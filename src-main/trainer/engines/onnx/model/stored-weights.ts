/**
 * The frozen base in fewer bits: how its tensors are stored, and the nodes that make float32 of them where a product needs it.
 *
 * float16: matrices of layers, and an untied embedding, as halves.
 * int4: matrices of layers, row by row, in blocks of 32 weights. A block is 16 bytes and a scale: the lower half of byte i is level i, its upper half level
 * 16 + i, and a weight is scale · (level - 8). The level of the block's largest weight is 0, so that the scale carries its sign. An untied embedding is float16.
 * Norms, biases and the output projection stay float32.
 */
import { knownAfter } from '../graph/autodiff.ts'
import type { Graph, Value } from '../graph/graph.ts'
import { ELEMENT_TYPE } from '../graph/ops/stored.ts'
import type { BaseStorage } from '../../engine.ts'
import type { ModelConfig } from './config.ts'
import { linearLayers } from './weights.ts'

/** Weights that share a scale. */
export const BLOCK = 32
const BYTES = BLOCK / 2
/** The level that stands for 0. */
export const ZERO_LEVEL = 8

const EMBEDDING = 'model.embed_tokens.weight'

/** How tensors of the base are stored, by their names; those that are not named are float32. */
export function storedTypes(config: ModelConfig, storage: BaseStorage): Map<string, 'float16' | 'int4'> {
  const types = new Map<string, 'float16' | 'int4'>()
  if (storage === 'float32') return types
  for (const { name } of linearLayers(config)) types.set(`${name}.weight`, storage)
  if (!config.isTied) types.set(EMBEDDING, 'float16')
  return types
}

/** Scales of the blocks of a weight, [blocks]. */
export function scalesName(weight: string): string {
  return `${weight}.scales`
}

/** Shapes of what is stored for a weight of shape [outputs, inputs] in int4. */
export function int4Shapes([outputs, inputs]: readonly number[]): { levels: readonly number[]; scales: readonly number[] } {
  const blocks = (outputs! * inputs!) / BLOCK
  return { levels: [blocks, BYTES], scales: [blocks] }
}

/** Declares a weight of the base as inputs of the graph; they are put into `weights`. */
export function declareStored(
  graph: Graph,
  weights: Map<string, Value>,
  name: string,
  shape: readonly number[],
  type: 'float16' | 'int4',
): void {
  if (type === 'float16') {
    weights.set(name, graph.input(name, shape, { dtype: 'float16' }))
    return
  }
  const { levels, scales } = int4Shapes(shape)
  weights.set(name, graph.input(name, levels, { dtype: 'uint8' }))
  weights.set(scalesName(name), graph.input(scalesName(name), scales))
}

export function isStored({ dtype }: Value): boolean {
  return dtype !== 'float32'
}

/**
 * x [rows, inputs] times the transpose of a stored weight -> [rows, outputs]; the gradient of x alone. The float32 weight is made after x, and again after
 * the gradient: ONNX Runtime would otherwise make all of them first, or keep each from the forward to the backward pass.
 */
export function storedProduct(graph: Graph, weights: ReadonlyMap<string, Value>, x: Value, name: string): Value {
  const inputs = x.shape[1]!
  const times = (left: Value, transB: number): Value =>
    graph.apply('matmul', [left, widened(graph, weights, name, inputs, left)], { transA: 0, transB, alpha: 1 })
  return graph.custom(times(x, 1), [x], ({ gradient }) => [times(gradient, 0)])
}

/** Rows of a table, in float32. */
export function rowsOfTable(graph: Graph, table: Value, indices: Value): Value {
  const rows = graph.apply('gather', [table, indices])
  return isStored(table) ? toFloat(graph, rows) : rows
}

/** [outputs, inputs], made after `first`. */
function widened(graph: Graph, weights: ReadonlyMap<string, Value>, name: string, inputs: number, first: Value): Value {
  const weight = weights.get(name)!
  if (weight.dtype === 'float16') {
    const extents = toType(graph, knownAfter(graph, weight.shape, first), 'int64')
    return toFloat(graph, graph.apply('reshapeBy', [weight, extents], { shape: weight.shape }))
  }
  const byte = (value: number): Value => toType(graph, knownAfter(graph, [value], first), 'uint8')
  const lower = graph.apply('bitAnd', [weight, byte(0x0f)])
  const upper = graph.apply('shiftRight', [weight, byte(4)])
  const levels = graph.apply('joinBytes', [lower, upper])
  const scales = weights.get(scalesName(name))!
  const zeros = graph.apply('repeatByte', [byte(ZERO_LEVEL)], { shape: scales.shape })
  const flat = graph.apply('dequantize', [levels, scales, zeros])
  return graph.apply('reshape', [flat], { shape: [(weight.shape[0]! * BLOCK) / inputs, inputs] })
}

function toType(graph: Graph, x: Value, type: keyof typeof ELEMENT_TYPE): Value {
  return graph.apply('cast', [x], { to: ELEMENT_TYPE[type] })
}

function toFloat(graph: Graph, x: Value): Value {
  return toType(graph, x, 'float32')
}
