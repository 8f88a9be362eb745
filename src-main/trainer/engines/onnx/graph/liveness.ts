/**
 * How many bytes a graph holds at once while it runs, without running it. ONNX Runtime runs nodes in order, makes a buffer when a node writes
 * a value and frees it after the value's last reader; it lets a reshape share its input's buffer and an element-wise node write over an input
 * that nobody reads again. Sources: ONNX Runtime's allocation planner, in words; measured beside the peak memory of real runs.
 */
import { sizeOf, type DataType, type Graph, type Node, type Value } from './graph.ts'
import type { OperatorName } from './ops/operator.ts'
import { neededNodes, readInputs } from './serialize.ts'

const BYTES: Readonly<Record<DataType, number>> = { float32: 4, int64: 8, bool: 1, uint8: 1, float16: 2 }

/** Their result is the buffer of their first input. */
const SHARING: ReadonlySet<OperatorName> = new Set(['reshape', 'reshapeBy', 'custom'])

/** Their result may stand in the buffer of an input of the same size. */
const IN_PLACE: ReadonlySet<OperatorName> = new Set([
  'add',
  'sub',
  'mul',
  'div',
  'neg',
  'exp',
  'log',
  'sqrt',
  'sigmoid',
  'softmax',
])

/** Bytes of what the run itself made, by class, at the moment when their sum is largest; inputs and constants are not counted. */
export type LivePeak<Class extends string> = Readonly<Record<Class, number>>

/** `classOf` tells values apart, e.g. by a shape. `none`: the classes, all at 0. */
export function livePeak<Class extends string>(
  graph: Graph,
  classOf: (value: Value) => Class,
  none: LivePeak<Class>,
): LivePeak<Class> {
  const { nodes } = neededNodes(graph)
  const buffers = new Buffers(nodes, graph, classOf, none)
  let most = 0
  let peak = none
  nodes.forEach((node, at) => {
    buffers.write(node, at)
    if (buffers.bytes > most) {
      most = buffers.bytes
      peak = { ...buffers.byClass }
    }
    buffers.free(at)
  })
  return peak
}

/** Buffers by the value that made them; values that share one name the same maker. */
class Buffers<Class extends string> {
  bytes = 0
  readonly byClass: Record<Class, number>
  readonly #classOf: (value: Value) => Class
  readonly #maker = new Map<Value, Value>()
  readonly #live = new Map<Value, number>()
  readonly #lastRead = new Map<Value, number>()
  readonly #endsAt = new Map<number, Value[]>()

  constructor(nodes: readonly Node[], graph: Graph, classOf: (value: Value) => Class, none: LivePeak<Class>) {
    this.#classOf = classOf
    this.byClass = { ...none }
    nodes.forEach((node, at) => [...readInputs(node), ...node.outputs].forEach((value) => this.#lastRead.set(value, at)))
    for (const { value } of graph.outputs) this.#lastRead.set(value, nodes.length)
    // A reshape's reader reads the buffer that it shares.
    for (const { operator, inputs, outputs } of nodes.slice().reverse()) {
      if (SHARING.has(operator)) this.#extend(inputs[0]!, this.#lastRead.get(outputs[0]!)!)
    }
  }

  write({ operator, inputs, outputs }: Node, at: number): void {
    outputs.forEach((output, i) => {
      const shared = i === 0 ? this.#sharedBy(operator, inputs, output, at) : undefined
      if (shared !== undefined) this.#share(shared, output)
      else this.#make(output)
    })
  }

  free(at: number): void {
    for (const maker of this.#endsAt.get(at) ?? []) {
      // A buffer that was written over since belongs to a later value.
      if (this.#lastRead.get(maker)! > at) continue
      this.#count(maker, -(this.#live.get(maker) ?? 0))
      this.#live.delete(maker)
    }
  }

  #count(maker: Value, bytes: number): void {
    this.bytes += bytes
    this.byClass[this.#classOf(maker)] += bytes
  }

  #sharedBy(operator: OperatorName, inputs: readonly Value[], output: Value, at: number): Value | undefined {
    if (SHARING.has(operator)) return this.#maker.get(inputs[0]!)
    if (!IN_PLACE.has(operator)) return undefined
    return inputs
      .map((input) => this.#maker.get(input))
      .find((maker) => maker !== undefined && this.#lastRead.get(maker) === at && this.#live.get(maker) === bytesOf(output))
  }

  #share(maker: Value, value: Value): void {
    this.#maker.set(value, maker)
    this.#extend(maker, this.#lastRead.get(value)!)
    this.#endAt(maker)
  }

  #make(value: Value): void {
    this.#maker.set(value, value)
    this.#live.set(value, bytesOf(value))
    this.#count(value, bytesOf(value))
    this.#endAt(value)
  }

  #extend(value: Value, at: number): void {
    this.#lastRead.set(value, Math.max(this.#lastRead.get(value) ?? 0, at))
  }

  #endAt(maker: Value): void {
    const at = this.#lastRead.get(maker)!
    this.#endsAt.set(at, [...(this.#endsAt.get(at) ?? []), maker])
  }
}

function bytesOf({ dtype, shape }: Value): number {
  return sizeOf(shape) * BYTES[dtype]
}
