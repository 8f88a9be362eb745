/**
 * A graph in the operators that a device computes itself and computes right. On the CPU every operator is its own form. On WebGPU some stand for
 * several others: see `webgpu` in the operator table.
 */
import type { Device } from '../../engine.ts'
import { Graph, type Value } from './graph.ts'
import { OPERATORS } from './ops/table.ts'
import { neededNodes } from './serialize.ts'

/** The graph itself for the CPU; else a graph with the same inputs and outputs, by name. Gradients are to be in it already. */
export function lowerFor(device: Device, graph: Graph): Graph {
  return device === 'cpu' ? graph : lowered(graph)
}

function lowered(graph: Graph): Graph {
  const { nodes, used } = neededNodes(graph)
  const result = new Graph()
  const made = new Map<Value, Value>()
  for (const input of graph.inputs) made.set(input, result.input(input.name, input.shape, { dtype: input.dtype }))
  for (const { value, data } of graph.constants) if (used.has(value)) made.set(value, result.constant(data, value.shape))
  for (const { operator, inputs, outputs, attributes } of nodes) {
    const { webgpu } = OPERATORS[operator]
    const sources = inputs.map((input) => made.get(input)!)
    const values = webgpu === undefined ? result.applyAll(operator, sources, attributes) : webgpu(result, sources, attributes)
    outputs.forEach((output, i) => made.set(output, values[i]!))
  }
  for (const { name, value } of graph.outputs) result.output(name, made.get(value)!)
  return result
}
