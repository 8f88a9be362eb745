/**
 * States which graphs are legal. ONNX Runtime may crash the process on an illegal graph instead of reporting it, so every graph passes here
 * before it is built.
 */
import type { Graph, Node, Value } from './graph.ts'
import { sameShape } from './ops/operator.ts'
import { inferNode } from './ops/table.ts'

/** Throws Error naming the operator and the broken rule. */
export function checkGraph(graph: Graph): void {
  const defined = new Set<string>()
  const define = (value: Value, by: string): void => {
    if (value.name === '') throw new Error(`${by}: a value has no name`)
    if (defined.has(value.name)) throw new Error(`${by}: the name ${value.name} is assigned twice`)
    if (value.shape.some((extent) => !Number.isInteger(extent) || extent < 1)) {
      throw new Error(`${by}: the shape [${value.shape.join()}] of ${value.name} is not made of positive integers`)
    }
    defined.add(value.name)
  }
  for (const input of graph.inputs) define(input, 'input')
  for (const { value, data } of graph.constants) {
    define(value, 'constant')
    const size = value.shape.reduce((product, extent) => product * extent, 1)
    if (data.length !== size) throw new Error(`constant: ${data.length} elements do not fill [${value.shape.join()}]`)
  }
  for (const node of graph.nodes) {
    for (const input of node.inputs) {
      if (!defined.has(input.name)) throw new Error(`${node.operator}: its input ${input.name} is not defined before it`)
    }
    checkTypes(node)
    for (const output of node.outputs) define(output, node.operator)
  }
  checkOutputs(graph, defined)
}

/** What the outputs claim must be what the operator makes of its inputs. */
function checkTypes(node: Node): void {
  const types = inferNode(node.operator, node.inputs, node.attributes)
  const fits = types.length === node.outputs.length && types.every(({ dtype, shape }, i) => isOf(node.outputs[i]!, dtype, shape))
  if (!fits) throw new Error(`${node.operator}: its outputs are not of the types that it makes`)
}

function isOf(value: Value, dtype: string, shape: readonly number[]): boolean {
  return value.dtype === dtype && sameShape(value.shape, shape)
}

function checkOutputs(graph: Graph, defined: ReadonlySet<string>): void {
  if (graph.outputs.length === 0) throw new Error('output: the graph has none')
  const names = new Set<string>()
  for (const { name, value } of graph.outputs) {
    if (name === '') throw new Error('output: an output has no name')
    if (names.has(name)) throw new Error(`output: ${name} is named twice`)
    if (defined.has(name)) throw new Error(`output: ${name} is already the name of a value in this graph`)
    if (!defined.has(value.name)) throw new Error(`output: ${name} is not computed in this graph`)
    names.add(name)
  }
}
