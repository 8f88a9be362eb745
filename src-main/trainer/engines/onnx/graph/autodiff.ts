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
  const ones = graph.apply('expand', [graph.scalar(1)], { shape: loss.shape })
  const gradientOf = walkedBack(graph, loss, ones, new Set())
  return withRespectTo.map((value) => gradientOf.get(value) ?? zerosLike(graph, value))
}

/**
 * Gradients of the sources of `output`, given the gradient of the output, which has its shape: the vector-Jacobian product. What lies before a
 * source is not walked, so that one part of a graph can be differentiated by itself. For the rest as gradients().
 */
export function gradientsThrough(graph: Graph, output: Value, gradient: Value, sources: readonly Value[]): Value[] {
  const gradientOf = walkedBack(graph, output, gradient, new Set(sources))
  return sources.map((value) => gradientOf.get(value) ?? zerosLike(graph, value))
}

/** A value that takes no gradient: what comes before it is a constant to what comes after. */
export function detached(graph: Graph, value: Value): Value {
  const copy = graph.apply('reshape', [value], { shape: value.shape })
  ;(copy as { requiresGradient: boolean }).requiresGradient = false
  return copy
}

/**
 * x again, but not before `first` is computed: x plus a zero made from an element of it. No gradient flows to `first`. ONNX Runtime merges equal
 * nodes and runs a node when its inputs are there; what is made from this is neither merged with what was made from x nor run earlier.
 */
export function after(graph: Graph, x: Value, first: Value): Value {
  const element = elementOf(graph, first)
  const zero = graph.apply('min', [graph.apply('max', [element, graph.scalar(0)]), graph.scalar(0)])
  return graph.apply('add', [x, detached(graph, zero)])
}

/** Numbers that are known, but not before `first` is computed, NaN or not: for what takes no float32, see after(). */
export function knownAfter(graph: Graph, numbers: readonly number[], first: Value): Value {
  const element = elementOf(graph, first)
  const never = graph.apply('less', [element, element])
  return graph.apply('where', [never, graph.scalar(0), graph.constant(Float32Array.from(numbers), [numbers.length])])
}

/** The first element, []. */
function elementOf(graph: Graph, x: Value): Value {
  const flat = graph.apply('reshape', [x], { shape: [sizeOf(x.shape)] })
  return graph.apply('reshape', [graph.apply('slice', [flat], { axis: 0, start: 0, end: 1 })], { shape: [] })
}

function walkedBack(graph: Graph, output: Value, gradient: Value, sources: ReadonlySet<Value>): Map<Value, Value> {
  const gradientOf = new Map<Value, Value>([[output, gradient]])
  for (const node of nodesBetween(sources, output)) {
    if (node.outputs.slice(1).some((further) => gradientOf.has(further))) {
      throw new Error(`the operator ${node.operator} has no gradient rule for its further outputs`)
    }
    const [first] = node.outputs as [Value]
    const known = gradientOf.get(first)
    if (known !== undefined && first.requiresGradient && !sources.has(first)) passBack(graph, node, known, gradientOf)
  }
  return gradientOf
}

/** Nodes that a gradient may pass on its way from the output to the sources, last first. */
function nodesBetween(sources: ReadonlySet<Value>, output: Value): Node[] {
  const found = new Set<Node>()
  const values = [output]
  // It grows while it is walked over.
  for (const value of values) {
    const { producer, requiresGradient } = value
    if (producer === null || !requiresGradient || sources.has(value) || found.has(producer)) continue
    found.add(producer)
    values.push(...producer.inputs)
  }
  return [...found].toSorted((a, b) => b.place - a.place)
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

function zerosLike(graph: Graph, value: Value): Value {
  return graph.apply('expand', [graph.scalar(0)], { shape: value.shape })
}
