/** Operator cases as graphs: what the operator makes, and the gradients of a weighted sum of it. */
import { createRandom, type Random } from '../../../math/random.ts'
import { gradients } from './autodiff.ts'
import { Graph, sizeOf, type Value } from './graph.ts'
import type { OperatorName } from './ops/operator.ts'
import { OPERATORS } from './ops/table.ts'
import { LARGE_CASES, OPERATOR_CASES, type OperatorCase } from './self-test-cases.ts'

export interface CaseGraph {
  readonly name: string
  /** Outputs: `result`, `result:<n>` for by-products, `loss`, and `gradient:<input>` of each input that takes one. */
  readonly graph: Graph
  /** By input; to be changed in place for finite differences. */
  readonly data: ReadonlyMap<string, Float32Array | BigInt64Array>
  /** Names of the inputs with a gradient. */
  readonly trained: readonly string[]
}

export const OPERATOR_NAMES = Object.keys(OPERATOR_CASES) as OperatorName[]

/** The small cases of one operator. */
export function caseGraphs(operator: OperatorName): CaseGraph[] {
  return OPERATOR_CASES[operator].map((example, i) => caseGraph(operator, example, `${operator} (${i + 1})`))
}

export function largeCaseGraphs(operator: OperatorName): CaseGraph[] {
  return (LARGE_CASES[operator] ?? []).map((example, i) => caseGraph(operator, example, `large ${operator} (${i + 1})`))
}

function caseGraph(operator: OperatorName, example: OperatorCase, name: string): CaseGraph {
  const random = createRandom(7)
  const graph = new Graph()
  const data = new Map<string, Float32Array | BigInt64Array>()
  const inputs = example.shapes.map((shape, i): Value => {
    const indices = example.indices?.[i]
    data.set(`x${i}`, indices !== undefined ? BigInt64Array.from(indices, BigInt) : drawn(random, sizeOf(shape), i, example.draw))
    return graph.input(`x${i}`, shape, indices ? { dtype: 'int64' } : { isTrained: !example.frozen?.includes(i) })
  })
  const results = applied(graph, operator, inputs, example)
  results.forEach((result, i) => graph.output(i === 0 ? 'result' : `result:${i}`, result))
  const y = results[0]!
  const weighted = graph.apply('mul', [y, graph.constant(drawn(random, sizeOf(y.shape), 0), y.shape)])
  const axes = y.shape.map((_, axis) => axis)
  const loss = axes.length === 0 ? weighted : graph.apply('reduceSum', [weighted], { axes, keepdims: 0 })
  graph.output('loss', loss)
  const isRuled = OPERATORS[operator].gradient !== undefined
  const trained = isRuled ? inputs.filter((input) => input.requiresGradient) : []
  gradients(graph, loss, trained).forEach((gradient, i) => graph.output(`gradient:${trained[i]!.name}`, gradient))
  return { name, graph, data, trained: trained.map((input) => input.name) }
}

/** Conditions are no inputs of a graph, and no outputs: they stand between numbers. */
function applied(graph: Graph, operator: OperatorName, inputs: readonly Value[], example: OperatorCase): readonly Value[] {
  const [first, second, third] = inputs as [Value, Value, Value]
  switch (operator) {
    case 'where':
      return [graph.apply('where', [graph.apply('greater', [first, graph.scalar(0)]), second, third])]
    case 'less':
    case 'lessOrEqual':
    case 'greater':
    case 'greaterOrEqual':
      return [graph.apply('where', [graph.apply(operator, [first, second]), first, graph.scalar(0)])]
    case 'custom': {
      const two = graph.scalar(2)
      return [graph.custom(graph.apply('mul', [first, two]), [first], ({ gradient }) => [graph.apply('mul', [gradient, two])])]
    }
    default:
      return graph.applyAll(operator, inputs, example.attributes)
  }
}

function drawn(
  random: Random,
  size: number,
  input: number,
  draw = (from: Random, _input: number): number => from.next() * 2 - 1,
): Float32Array {
  return Float32Array.from({ length: size }, () => draw(random, input))
}
