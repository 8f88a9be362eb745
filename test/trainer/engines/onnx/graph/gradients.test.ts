import { describe, expect, test } from 'vitest'
import { gradients } from '#trainer/engines/onnx/graph/autodiff'
import { Graph } from '#trainer/engines/onnx/graph/graph'
import { OPERATORS } from '#trainer/engines/onnx/graph/ops/table'
import { caseGraphs, OPERATOR_NAMES, type CaseGraph } from '#trainer/engines/onnx/graph/self-test'
import { Session } from '#trainer/engines/onnx/session'

describe('gradient rules', () => {
  test('every operator with a gradient rule has a case that asks for its gradient', () => {
    for (const operator of OPERATOR_NAMES.filter((name) => OPERATORS[name].gradient !== undefined)) {
      expect(
        caseGraphs(operator).flatMap(({ trained }) => trained),
        operator,
      ).not.toEqual([])
    }
  })

  for (const example of OPERATOR_NAMES.flatMap(caseGraphs).filter(({ trained }) => trained.length > 0)) {
    test(`${example.name} agrees with finite differences`, async () => {
      expect(await worstError(example)).toBeLessThan(2e-3)
    })
  }

  test('where sends each gradient to the side that was taken', async () => {
    const graph = new Graph()
    const a = graph.input('a', [4], { isTrained: true })
    const b = graph.input('b', [4], { isTrained: true })
    const taken = graph.apply('where', [graph.apply('greater', [a, graph.scalar(0)]), a, b])
    const [toA, toB] = gradients(graph, graph.apply('reduceSum', [taken], { axes: [0], keepdims: 0 }), [a, b])
    graph.output('a_grad', toA!)
    graph.output('b_grad', toB!)
    const session = await Session.create(graph, { threads: 1, name: 'where' })
    const result = await session.run((input) => (input === 'a' ? Float32Array.of(1, -1, 2, -2) : Float32Array.of(5, 6, 7, 8)))
    expect([...result.a_grad!]).toEqual([1, 0, 1, 0])
    expect([...result.b_grad!]).toEqual([0, 1, 0, 1])
  })

  test('a gradient through an operator without a rule is an error that names it', () => {
    const graph = new Graph()
    const x = graph.input('x', [2, 2], { isTrained: true })
    const y = graph.apply('neg', [x])
    const original = OPERATORS.neg
    const bare = { ...original, gradient: undefined }
    const table = OPERATORS as Record<string, unknown>
    table.neg = bare
    try {
      expect(() => gradients(graph, graph.apply('reduceSum', [y], { axes: [0, 1], keepdims: 0 }), [x])).toThrow(
        /neg has no gradient rule/,
      )
    } finally {
      table.neg = original
    }
  })
})

/** Largest relative error of the analytic gradient against central differences of Σ c·f(x), c random. */
async function worstError({ name, graph, data, trained }: CaseGraph): Promise<number> {
  const session = await Session.create(graph, { threads: 1, name })
  const at = (): Promise<Record<string, Float32Array>> => session.run((input) => data.get(input)!)
  const analytic = await at()
  let worst = 0
  for (const input of trained) {
    const values = data.get(input) as Float32Array
    const gradient = analytic[`gradient:${input}`]!
    expect(gradient.length).toBe(values.length)
    for (let k = 0; k < values.length; k++) {
      const original = values[k]!
      const h = 1e-2
      values[k] = original + h
      const up = (await at()).loss![0]!
      values[k] = original - h
      const down = (await at()).loss![0]!
      values[k] = original
      const numeric = (up - down) / (2 * h)
      worst = Math.max(worst, Math.abs(numeric - gradient[k]!) / Math.max(1, Math.abs(numeric)))
    }
  }
  await session.release()
  return worst
}
