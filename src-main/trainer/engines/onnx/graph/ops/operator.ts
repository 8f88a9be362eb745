/** What every operator states: the types of its outputs, its form in ONNX, its gradient rule. */
import type { Attributes, DataType, Graph, Node, Shape, Value } from '../graph.ts'

export type OperatorName =
  | 'add'
  | 'sub'
  | 'mul'
  | 'div'
  | 'max'
  | 'min'
  | 'neg'
  | 'exp'
  | 'log'
  | 'sqrt'
  | 'sigmoid'
  | 'less'
  | 'lessOrEqual'
  | 'greater'
  | 'greaterOrEqual'
  | 'where'
  | 'reduceSum'
  | 'reduceMax'
  | 'expand'
  | 'reshape'
  | 'transpose'
  | 'slice'
  | 'concat'
  | 'gather'
  | 'scatterAdd'
  | 'gatherElements'
  | 'scatterElements'
  | 'matmul'
  | 'plainMatmul'
  | 'softmax'
  | 'logSoftmax'
  | 'rmsNorm'
  | 'rope'
  | 'cast'
  | 'bitAnd'
  | 'shiftRight'
  | 'joinBytes'
  | 'repeatByte'
  | 'dequantize'
  | 'reshapeBy'
  | 'custom'

export interface TensorType {
  readonly dtype: DataType
  readonly shape: Shape
}

export interface OnnxForm {
  readonly type: string
  /** `com.microsoft` for ONNX Runtime's own operators. */
  readonly domain?: 'com.microsoft'
  readonly attributes?: Readonly<Record<string, number | string | readonly number[]>>
  /** Names of the attributes that are floats; the rest are integers or strings. */
  readonly floats?: readonly string[]
  /** How many of the node's inputs are read; all when left out. */
  readonly inputCount?: number
  /** Extra int64 inputs after the value inputs (axes, shapes, starts and ends). */
  readonly extra?: readonly (readonly number[])[]
}

export interface GradientContext {
  readonly graph: Graph
  readonly node: Node
  /** Gradient of the first output; same shape. Further outputs are by-products and take none. */
  readonly gradient: Value
}

/** Gradients of the inputs in order, as ordinary nodes; null where none flows (indices, or an input that needs none). */
export type GradientRule = (context: GradientContext) => readonly (Value | null)[]

export interface Operator {
  /** Types of the inputs; their number is that of the list, or any for 'many' (floats). */
  readonly takes: readonly (DataType | 'any')[] | 'many'
  /** Throws RangeError when inputs do not fit. Asked through inferNode, which has checked number and types. */
  infer(inputs: readonly Value[], attributes: Attributes): readonly TensorType[]
  onnx(node: Node): OnnxForm
  /**
   * What stands for it on WebGPU, as nodes of the same graph, where its form in ONNX is computed wrongly there or falls back to the CPU, with a
   * copy each way. Asked after differentiation; measured with ONNX Runtime 1.30.
   */
  webgpu?(graph: Graph, inputs: readonly Value[], attributes: Attributes): readonly Value[]
  /** An operator without a rule is an error as soon as a gradient is asked through it. */
  readonly gradient?: GradientRule
}

export const FLOAT = 'float32'

export function float(shape: Shape): TensorType {
  return { dtype: 'float32', shape }
}

export function intAttribute(attributes: Attributes, name: string): number {
  const value = attributes[name]
  if (typeof value !== 'number') throw new RangeError(`attribute ${name} must be a number`)
  return value
}

export function listAttribute(attributes: Attributes, name: string): readonly number[] {
  const value = attributes[name]
  if (!Array.isArray(value)) throw new RangeError(`attribute ${name} must be a list of numbers`)
  return value as readonly number[]
}

/** Shape of an elementwise result under NumPy's broadcasting rule. */
export function broadcastShape(a: Shape, b: Shape): number[] {
  const rank = Math.max(a.length, b.length)
  return Array.from({ length: rank }, (_, i) => {
    const left = a[i - rank + a.length] ?? 1
    const right = b[i - rank + b.length] ?? 1
    if (left !== right && left !== 1 && right !== 1)
      throw new RangeError(`shapes [${a.join()}] and [${b.join()}] do not broadcast`)
    return left === 1 ? right : left
  })
}

/** Sums a gradient down to the shape that was broadcast into it. */
export function sumToShape(graph: Graph, gradient: Value, shape: Shape): Value {
  const lead = gradient.shape.length - shape.length
  const axes = gradient.shape
    .map((_, axis) => axis)
    .filter((axis) => axis < lead || (shape[axis - lead] === 1 && gradient.shape[axis] !== 1))
  const summed = axes.length === 0 ? gradient : graph.apply('reduceSum', [gradient], { axes, keepdims: 1 })
  return sameShape(summed.shape, shape) ? summed : graph.apply('reshape', [summed], { shape })
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((extent, axis) => extent === b[axis])
}
