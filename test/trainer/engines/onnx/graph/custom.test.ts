/** Values with a gradient rule of their own, parts that are differentiated by themselves, and what makes a node wait. */
import { describe, expect, test } from 'vitest'
import { after, gradients, gradientsThrough } from '#trainer/engines/onnx/graph/autodiff'
import { Graph, type Value } from '#trainer/engines/onnx/graph/graph'
import { runGraph } from '#test/support/run-graph'

const sum = (graph: Graph, x: Value): Value => graph.apply('reduceSum', [x], { axes: [0], keepdims: 0 })

describe('a value with a rule of its own', () => {
  const X = Float32Array.of(1, 2, 3)

  test('is the same value, and its gradient is what the rule says', async () => {
    const graph = new Graph()
    const x = graph.input('x', [3], { isTrained: true })
    // exp(x), with the gradient of 10 x.
    const y = graph.custom(graph.apply('exp', [x]), [x], ({ gradient }) => [graph.apply('mul', [gradient, graph.scalar(10)])])
    const [toX] = gradients(graph, sum(graph, y), [x])
    graph.output('y', y)
    graph.output('gradient', toX!)
    const found = await runGraph(graph, { x: X })
    expect([...found.gradient!]).toEqual([10, 10, 10])
    expect(found.y![1]).toBeCloseTo(Math.exp(2), 4)
  })

  test('nothing flows to a source that the rule gives null', async () => {
    const graph = new Graph()
    const [x, z] = [graph.input('x', [3], { isTrained: true }), graph.input('z', [3], { isTrained: true })]
    const y = graph.custom(graph.apply('mul', [x, z]), [x, z], ({ gradient }) => [graph.apply('mul', [gradient, z]), null])
    const [toX, toZ] = gradients(graph, sum(graph, y), [x, z])
    graph.output('to x', toX!)
    graph.output('to z', toZ!)
    const found = await runGraph(graph, { x: X, z: Float32Array.of(4, 5, 6) })
    expect([...found['to x']!]).toEqual([4, 5, 6])
    expect([...found['to z']!]).toEqual([0, 0, 0])
  })

  test('a rule that gives fewer or more gradients than there are sources is an error that says so', () => {
    for (const given of [0, 2]) {
      const graph = new Graph()
      const x = graph.input('x', [3], { isTrained: true })
      const y = graph.custom(graph.apply('neg', [x]), [x], ({ gradient }) => new Array<Value>(given).fill(gradient))
      expect(() => gradients(graph, sum(graph, y), [x])).toThrow(`a custom rule gave ${given} gradients for 1 sources`)
    }
  })
})

describe('the gradient of a part', () => {
  test('ends at its sources: what lies before them is not walked', async () => {
    const graph = new Graph()
    const x = graph.input('x', [2], { isTrained: true })
    const middle = graph.apply('exp', [x])
    const end = graph.apply('mul', [middle, middle])
    const before = graph.nodes.length
    const [toMiddle] = gradientsThrough(graph, end, graph.input('gradient', [2]), [middle])
    expect(graph.nodes.slice(before).map(({ operator }) => operator)).not.toContain('exp')
    graph.output('to middle', toMiddle!)
    const found = await runGraph(graph, { x: Float32Array.of(0, 0), gradient: Float32Array.of(3, 5) })
    // d(m²) = 2 m g with m = exp(0) = 1
    expect([...found['to middle']!]).toEqual([6, 10])
  })
})

describe('a value that waits for another', () => {
  test('is the value itself, whatever the other holds, as long as it is a number', async () => {
    const graph = new Graph()
    const [x, first] = [graph.input('x', [3], { isTrained: true }), graph.input('first', [2, 2], { isTrained: true })]
    const y = after(graph, x, first)
    const [toX, toFirst] = gradients(graph, sum(graph, y), [x, first])
    graph.output('y', y)
    graph.output('to x', toX!)
    graph.output('to first', toFirst!)
    for (const element of [7, -7, 0, Infinity, -Infinity]) {
      const found = await runGraph(graph, { x: Float32Array.of(1, -2, 3), first: Float32Array.of(element, 1, 1, 1) })
      expect([...found.y!]).toEqual([1, -2, 3])
      expect([...found['to x']!]).toEqual([1, 1, 1])
      expect([...found['to first']!]).toEqual([0, 0, 0, 0])
    }
  })
})
