/**
 * States which graphs are legal. ONNX Runtime may crash the process on an illegal graph instead of reporting it, so every graph passes here
 * before it is built.
 */
import type { Graph, Value } from './graph.ts'

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
    for (const output of node.outputs) define(output, node.operator)
  }
  checkOutputs(graph, defined)
}

function checkOutputs(graph: Graph, defined: ReadonlySet<string>): void {
  if (graph.outputs.length === 0) throw new Error('output: the graph has none')
  const names = new Set<string>()
  for (const { name, value } of graph.outputs) {
    if (name === '') throw new Error('output: an output has no name')
    if (names.has(name)) throw new Error(`output: ${name} is named twice`)
    if (!defined.has(value.name)) throw new Error(`output: ${name} is not computed in this graph`)
    names.add(name)
  }
}
