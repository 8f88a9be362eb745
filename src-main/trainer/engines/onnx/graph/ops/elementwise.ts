/** Operators that work element by element, with broadcasting. Gradients: calculus. */
import type { Graph, Value } from '../graph.ts'
import { broadcastShape, FLOAT, float, sumToShape, type GradientContext, type Operator, type OperatorName } from './operator.ts'

function unary(type: string, derivative?: (graph: Graph, x: Value, y: Value, gradient: Value) => Value): Operator {
  return {
    takes: [FLOAT],
    infer: ([x]) => [float(x!.shape)],
    onnx: () => ({ type }),
    ...(derivative && {
      gradient: ({ graph, node, gradient }: GradientContext) => [derivative(graph, node.inputs[0]!, node.outputs[0]!, gradient)],
    }),
  }
}

type PairRule = (graph: Graph, a: Value, b: Value, y: Value, gradient: Value) => readonly [() => Value, () => Value]

function binary(type: string, rule: PairRule): Operator {
  return {
    takes: [FLOAT, FLOAT],
    infer: ([a, b]) => [float(broadcastShape(a!.shape, b!.shape))],
    onnx: () => ({ type }),
    gradient: ({ graph, node, gradient }) => {
      const [a, b] = node.inputs as [Value, Value]
      const parts = rule(graph, a, b, node.outputs[0]!, gradient)
      return [a, b].map((input, i) => (input.requiresGradient ? sumToShape(graph, parts[i]!(), input.shape) : null))
    },
  }
}

function comparison(type: string): Operator {
  return {
    takes: [FLOAT, FLOAT],
    infer: ([a, b]) => [{ dtype: 'bool', shape: broadcastShape(a!.shape, b!.shape) }],
    onnx: () => ({ type }),
  }
}

const mul = (graph: Graph, a: Value, b: Value): Value => graph.apply('mul', [a, b])
const neg = (graph: Graph, a: Value): Value => graph.apply('neg', [a])

/** Passes the gradient where `condition` holds; elsewhere 0. */
function gate(graph: Graph, condition: Value, gradient: Value): Value {
  return graph.apply('where', [condition, gradient, graph.scalar(0)])
}

export const ELEMENTWISE = {
  add: binary('Add', (_g, _a, _b, _y, gradient) => [() => gradient, () => gradient]),
  sub: binary('Sub', (g, _a, _b, _y, gradient) => [() => gradient, () => neg(g, gradient)]),
  mul: binary('Mul', (g, a, b, _y, gradient) => [() => mul(g, gradient, b), () => mul(g, gradient, a)]),
  div: binary('Div', (g, _a, b, y, gradient) => [
    () => g.apply('div', [gradient, b]),
    () => neg(g, g.apply('div', [mul(g, gradient, y), b])),
  ]),
  /** At a tie the gradient goes to the second input. */
  max: binary('Max', (g, a, b, _y, gradient) => [
    () => gate(g, g.apply('greater', [a, b]), gradient),
    () => gate(g, g.apply('lessOrEqual', [a, b]), gradient),
  ]),
  /** At a tie the gradient goes to the second input. */
  min: binary('Min', (g, a, b, _y, gradient) => [
    () => gate(g, g.apply('less', [a, b]), gradient),
    () => gate(g, g.apply('greaterOrEqual', [a, b]), gradient),
  ]),
  neg: unary('Neg', (g, _x, _y, gradient) => neg(g, gradient)),
  exp: unary('Exp', (g, _x, y, gradient) => mul(g, gradient, y)),
  log: unary('Log', (g, x, _y, gradient) => g.apply('div', [gradient, x])),
  sqrt: unary('Sqrt', (g, _x, y, gradient) => g.apply('div', [mul(g, gradient, g.scalar(0.5)), y])),
  sigmoid: unary('Sigmoid', (g, _x, y, gradient) => mul(g, gradient, mul(g, y, g.apply('sub', [g.scalar(1), y])))),
  less: comparison('Less'),
  lessOrEqual: comparison('LessOrEqual'),
  greater: comparison('Greater'),
  greaterOrEqual: comparison('GreaterOrEqual'),
  /** where(condition, a, b) */
  where: {
    takes: ['bool', FLOAT, FLOAT],
    infer: ([condition, a, b]) => [float(broadcastShape(condition!.shape, broadcastShape(a!.shape, b!.shape)))],
    onnx: () => ({ type: 'Where' }),
    gradient: ({ graph, node, gradient }) => {
      const [condition, a, b] = node.inputs as [Value, Value, Value]
      const zero = graph.scalar(0)
      const toA = a.requiresGradient ? sumToShape(graph, graph.apply('where', [condition, gradient, zero]), a.shape) : null
      const toB = b.requiresGradient ? sumToShape(graph, graph.apply('where', [condition, zero, gradient]), b.shape) : null
      return [null, toA, toB]
    },
  },
} satisfies Partial<Record<OperatorName, Operator>>
