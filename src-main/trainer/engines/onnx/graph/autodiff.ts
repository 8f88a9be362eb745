/** Reverse-mode differentiation: adds to a graph the nodes that compute gradients. */
import { sizeOf, type Graph, type Node, type Value } from './graph.ts'
import { OPERATORS } from './ops/table.ts'

/**
 * Gradients of a scalar with respect to some values, in their order and shapes.
 * A value on which the scalar does not depend gets zeros.
 * Throws RangeError for a loss that is not a scalar, Error naming the operator where a gradient rule is missing.
 */
export function gradients(graph: Graph, loss: Value, withRespectTo: readonly Value[]): Value[] {
  if (sizeOf(loss.shape) !== 1) throw new RangeError(`a loss must be a scalar, not [${loss.shape.join()}]`)
  const gradientOf = new Map<Value, Value>([[loss, graph.apply('expand', [graph.scalar(1)], { shape: loss.shape })]])
  for (const node of graph.nodes.slice().reverse()) {
    if (node.outputs.slice(1).some((output) => gradientOf.has(output))) {
      throw new Error(`the operator ${node.operator} has no gradient rule for its further outputs`)
    }
    const gradient = gradientOf.get(node.outputs[0]!)
    if (gradient !== undefined && node.outputs[0]!.requiresGradient) passBack(graph, node, gradient, gradientOf)
  }
  return withRespectTo.map((value) => gradientOf.get(value) ?? graph.apply('expand', [graph.scalar(0)], { shape: value.shape }))
}

/** A value that takes no gradient: what comes before it is a constant to what comes after. */
export function detached(graph: Graph, value: Value): Value {
  const copy = graph.apply('reshape', [value], { shape: value.shape })
  ;(copy as { requiresGradient: boolean }).requiresGradient = false
  return copy
}

function passBack(graph: Graph, node: Node, gradient: Value, gradientOf: Map<Value, Value>): void {
  const rule = OPERATORS[node.operator].gradient
  if (rule === undefined) throw new Error(`the operator ${node.operator} has no gradient rule`)
  const parts = rule({ graph, node, gradient })
  node.inputs.forEach((input, i) => {
    const part = parts[i] ?? null
    if (part === null || !input.requiresGradient) return
    const sum = gradientOf.get(input)
    gradientOf.set(input, sum === undefined ? part : graph.apply('add', [sum, part]))
  })
}
