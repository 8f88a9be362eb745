/**
 * A graph of tensor operations with static shapes. Values know their type and shape; nodes are kept in the order they were made,
 * which is an order of execution. What an operation means stands in the operator table (ops/).
 */
import type { GradientRule, OperatorName } from './ops/operator.ts'
import { inferNode } from './ops/table.ts'

export type DataType = 'float32' | 'int64' | 'bool' | 'uint8' | 'float16'
export type Shape = readonly number[]
/** Constants of an operation: axes, permutations, flags. */
export type Attributes = Readonly<Record<string, number | string | readonly number[]>>

export interface Value {
  readonly name: string
  readonly dtype: DataType
  readonly shape: Shape
  /** null: an input or a constant of the graph. */
  readonly producer: Node | null
  /** Whether a gradient may flow through; false for frozen weights, so that they never cost a backward pass. */
  readonly requiresGradient: boolean
}

export interface Node {
  /** In the order of execution. */
  readonly place: number
  readonly operator: OperatorName
  readonly inputs: readonly Value[]
  readonly outputs: readonly Value[]
  readonly attributes: Attributes
  /** Of a `custom` node. */
  readonly rule?: GradientRule
}

export interface Constant {
  readonly value: Value
  readonly data: Float32Array | BigInt64Array
}

export class Graph {
  readonly inputs: Value[] = []
  readonly constants: Constant[] = []
  readonly nodes: Node[] = []
  readonly outputs: { readonly name: string; readonly value: Value }[] = []
  #count = 0

  /** A tensor fed at run time. `isTrained` asks for gradients with respect to it. */
  input(name: string, shape: Shape, options: { dtype?: DataType; isTrained?: boolean } = {}): Value {
    const value: Value = {
      name,
      dtype: options.dtype ?? 'float32',
      shape,
      producer: null,
      requiresGradient: options.isTrained ?? false,
    }
    this.inputs.push(value)
    return value
  }

  constant(data: Float32Array | BigInt64Array, shape: Shape): Value {
    const dtype = data instanceof Float32Array ? 'float32' : 'int64'
    const value: Value = { name: this.#freshName('c'), dtype, shape, producer: null, requiresGradient: false }
    this.constants.push({ value, data })
    return value
  }

  scalar(number: number): Value {
    return this.constant(Float32Array.of(number), [])
  }

  /** Names a value as a result of a run. */
  output(name: string, value: Value): void {
    this.outputs.push({ name, value })
  }

  /** Adds a node and returns its first output. */
  apply(operator: OperatorName, inputs: readonly Value[], attributes: Attributes = {}): Value {
    return this.applyAll(operator, inputs, attributes)[0]!
  }

  /**
   * The value again, with a gradient rule of its own: the rule gives the gradients of `sources`, in their order, and nothing flows back through
   * the nodes that made the value. For what has a cheaper gradient than its nodes' rules give together.
   */
  custom(value: Value, sources: readonly Value[], rule: GradientRule): Value {
    return this.#add('custom', [value, ...sources], {}, rule)[0]!
  }

  /** Adds a node and returns all its outputs. Throws RangeError, naming the operator, when shapes or types do not fit. */
  applyAll(operator: OperatorName, inputs: readonly Value[], attributes: Attributes = {}): readonly Value[] {
    return this.#add(operator, inputs, attributes)
  }

  #add(operator: OperatorName, inputs: readonly Value[], attributes: Attributes, rule?: GradientRule): readonly Value[] {
    const types = inferNode(operator, inputs, attributes)
    const requiresGradient = inputs.some((input) => input.requiresGradient)
    const outputs: Value[] = []
    const node: Node = { place: this.nodes.length, operator, inputs, outputs, attributes, ...(rule && { rule }) }
    for (const { dtype, shape } of types) {
      outputs.push({
        name: this.#freshName('v'),
        dtype,
        shape,
        producer: node,
        requiresGradient: requiresGradient && dtype === 'float32',
      })
    }
    this.nodes.push(node)
    return outputs
  }

  #freshName(prefix: string): string {
    return `${prefix}${this.#count++}`
  }
}

export function sizeOf(shape: Shape): number {
  return shape.reduce((product, extent) => product * extent, 1)
}
