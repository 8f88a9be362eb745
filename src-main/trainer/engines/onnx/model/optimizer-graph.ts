/** AdamW as a graph, for tensors that stay where the gradients are. The same step as optimizer.ts. */
import type { OptimizerSettings } from '../../engine.ts'
import { Graph, sizeOf, type Shape, type Value } from '../graph/graph.ts'

/** Scalar inputs of a step. `clip`: the factor of all gradients; `first` and `second`: 1 / bias correction, of m and of √v. */
export const STEP_INPUTS = ['rate', 'value_rate', 'clip', 'first', 'second'] as const

/** What stands before a tensor's name in inputs and outputs. */
export const PREFIX = { weight: 'weight:', first: 'first:', second: 'second:', gradient: 'gradient:', sum: 'sum:' } as const

type Shapes = ReadonlyMap<string, Shape>

/** Inputs weight:, first:, second: and gradient: of each tensor and STEP_INPUTS -> outputs weight:, first: and second:, as `next:…`. */
export function buildStepGraph(shapes: Shapes, isHead: (name: string) => boolean, settings: OptimizerSettings): Graph {
  const graph = new Graph()
  const step = Object.fromEntries(STEP_INPUTS.map((name) => [name, graph.input(name, [])])) as StepValues
  for (const [name, shape] of shapes)
    advance(graph, { name, shape }, { ...step, rate: isHead(name) ? step.value_rate : step.rate }, settings)
  return graph
}

type StepValues = Readonly<Record<(typeof STEP_INPUTS)[number], Value>>

function advance(
  graph: Graph,
  { name, shape }: { name: string; shape: Shape },
  step: StepValues,
  settings: OptimizerSettings,
): void {
  const { beta1, beta2, epsilon } = settings
  const pair =
    (operator: 'add' | 'sub' | 'mul' | 'div') =>
    (a: Value, b: Value): Value =>
      graph.apply(operator, [a, b])
  const [add, sub, mul, div] = [pair('add'), pair('sub'), pair('mul'), pair('div')]
  const fixed = (number: number): Value => graph.scalar(number)
  const input = (prefix: string): Value => graph.input(prefix + name, shape)
  const [weight, first, second] = [input(PREFIX.weight), input(PREFIX.first), input(PREFIX.second)]

  const gradient = mul(input(PREFIX.gradient), step.clip)
  const m = add(mul(first, fixed(beta1)), mul(gradient, fixed(1 - beta1)))
  const v = add(mul(second, fixed(beta2)), mul(mul(gradient, gradient), fixed(1 - beta2)))
  const direction = div(mul(m, step.first), add(mul(graph.apply('sqrt', [v]), step.second), fixed(epsilon)))
  // Weight decay is for matrices: norms and biases keep their scale.
  const decay = shape.length > 1 ? settings.weightDecay : 0
  const kept = decay === 0 ? weight : sub(weight, mul(weight, mul(step.rate, fixed(decay))))
  graph.output(`next:${PREFIX.weight}${name}`, sub(kept, mul(direction, step.rate)))
  graph.output(`next:${PREFIX.first}${name}`, m)
  graph.output(`next:${PREFIX.second}${name}`, v)
}

/** Inputs gradient: -> `squares`, Σ g² over all tensors, []. */
export function buildNormGraph(shapes: Shapes): Graph {
  const graph = new Graph()
  const sums = [...shapes].map(([name, shape]) => {
    const gradient = graph.input(PREFIX.gradient + name, shape)
    const flat = graph.apply('reshape', [gradient], { shape: [sizeOf(shape)] })
    return graph.apply('reduceSum', [graph.apply('mul', [flat, flat])], { axes: [0], keepdims: 1 })
  })
  const all = sums.length === 1 ? sums[0]! : graph.apply('concat', sums, { axis: 0 })
  graph.output('squares', graph.apply('reduceSum', [all], { axes: [0], keepdims: 0 }))
  return graph
}

/** Inputs sum: and gradient: of each tensor -> outputs `next:sum:…`, both added up. */
export function buildSumGraph(shapes: Shapes): Graph {
  const graph = new Graph()
  for (const [name, shape] of shapes) {
    const both = [graph.input(PREFIX.sum + name, shape), graph.input(PREFIX.gradient + name, shape)]
    graph.output(`next:${PREFIX.sum}${name}`, graph.apply('add', both))
  }
  return graph
}
