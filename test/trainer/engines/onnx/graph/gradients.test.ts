import { describe, expect, test } from 'vitest'
import { gradients } from '#trainer/engines/onnx/graph/autodiff'
import { Graph, sizeOf, type Attributes, type Shape, type Value } from '#trainer/engines/onnx/graph/graph'
import type { OperatorName } from '#trainer/engines/onnx/graph/ops/operator'
import { OPERATORS } from '#trainer/engines/onnx/graph/ops/table'
import { Session, type TensorData } from '#trainer/engines/onnx/session'
import { createRandom, type Random } from '#trainer/math/random'

interface Case {
  readonly shapes: readonly Shape[]
  readonly attributes?: Attributes
  /** Values of the inputs; default: uniform in ±1. */
  readonly draw?: (random: Random, input: number) => number
  /** Integer inputs: index of the input -> its values. */
  readonly indices?: Readonly<Record<number, readonly number[]>>
  /** Inputs that take no gradient. */
  readonly frozen?: readonly number[]
}

const away = (random: Random): number => (random.next() + 0.5) * (random.next() < 0.5 ? -1 : 1)
const positive = (random: Random): number => random.next() + 0.5
const pair = {
  shapes: [
    [3, 4],
    [3, 4],
  ],
}

/** At least one case for every operator with a gradient rule; broadcasting and both transpositions where they matter. */
const CASES: Partial<Record<OperatorName, readonly Case[]>> = {
  add: [pair, { shapes: [[3, 4], [4]] }],
  sub: [
    pair,
    {
      shapes: [
        [2, 1, 4],
        [3, 1],
      ],
    },
  ],
  mul: [
    pair,
    {
      shapes: [
        [3, 1],
        [2, 3, 4],
      ],
    },
  ],
  div: [
    { ...pair, draw: away },
    { shapes: [[3, 4], []], draw: away },
  ],
  max: [pair],
  min: [pair],
  neg: [{ shapes: [[5]] }],
  exp: [{ shapes: [[5]] }],
  log: [{ shapes: [[5]], draw: positive }],
  sqrt: [{ shapes: [[5]], draw: positive }],
  sigmoid: [{ shapes: [[5]] }],
  reduceSum: [
    { shapes: [[2, 3, 4]], attributes: { axes: [1], keepdims: 0 } },
    { shapes: [[2, 3, 4]], attributes: { axes: [0, 2], keepdims: 1 } },
  ],
  expand: [{ shapes: [[3, 1]], attributes: { shape: [2, 3, 4] } }],
  reshape: [{ shapes: [[3, 4]], attributes: { shape: [2, 6] } }],
  transpose: [{ shapes: [[2, 3, 4]], attributes: { permutation: [2, 0, 1] } }],
  slice: [
    { shapes: [[3, 5]], attributes: { axis: 1, start: 1, end: 4 } },
    { shapes: [[3, 5]], attributes: { axis: 0, start: 0, end: 2 } },
  ],
  concat: [
    {
      shapes: [
        [2, 3],
        [2, 2],
      ],
      attributes: { axis: 1 },
    },
  ],
  gather: [{ shapes: [[4, 3], [5]], indices: { 1: [0, 3, 3, 1, 0] } }],
  scatterAdd: [
    {
      shapes: [
        [4, 3],
        [5, 1],
        [5, 3],
      ],
      indices: { 1: [0, 3, 3, 1, 0] },
    },
  ],
  gatherElements: [
    {
      shapes: [
        [3, 4],
        [3, 2],
      ],
      indices: { 1: [0, 0, 3, 1, 2, 2] },
    },
  ],
  scatterElements: [
    {
      shapes: [
        [3, 4],
        [3, 2],
        [3, 2],
      ],
      indices: { 1: [0, 0, 3, 1, 2, 2] },
    },
  ],
  matmul: [0, 1].flatMap((transA) =>
    [0, 1].flatMap((transB) => {
      const [a, b] = [transA ? [4, 3] : [3, 4], transB ? [5, 4] : [4, 5]]
      const attributes = { transA, transB, alpha: 0.5 }
      return [
        { shapes: [a, b], attributes },
        {
          shapes: [
            [2, ...a],
            [2, ...b],
          ],
          attributes,
        },
      ]
    }),
  ),
  softmax: [{ shapes: [[3, 4]] }],
  logSoftmax: [{ shapes: [[3, 4]] }],
  rmsNorm: [{ shapes: [[3, 8], [8]], attributes: { epsilon: 1e-5 } }],
  rope: [
    {
      shapes: [
        [1, 3, 8],
        [1, 3],
        [5, 2],
        [5, 2],
      ],
      indices: { 1: [0, 2, 4] },
      frozen: [2, 3],
    },
  ],
}

describe('gradient rules', () => {
  test('every operator with a gradient rule has a case here', () => {
    const ruled = Object.entries(OPERATORS).filter(([, operator]) => operator.gradient !== undefined)
    // `where` needs a condition and has its own test.
    expect(ruled.map(([name]) => name).filter((name) => name !== 'where')).toEqual(expect.arrayContaining(Object.keys(CASES)))
    expect(Object.keys(CASES).length).toBe(ruled.length - 1)
  })

  for (const [name, cases] of Object.entries(CASES)) {
    cases.forEach((example, i) => {
      test(`${name} (${i + 1}) agrees with finite differences`, async () => {
        expect(await worstError(name as OperatorName, example)).toBeLessThan(2e-3)
      })
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
async function worstError(name: OperatorName, example: Case): Promise<number> {
  const random = createRandom(7)
  const graph = new Graph()
  const data: TensorData[] = []
  const inputs = example.shapes.map((shape, i): Value => {
    const indices = example.indices?.[i]
    data.push(
      indices !== undefined
        ? BigInt64Array.from(indices, BigInt)
        : Float32Array.from({ length: sizeOf(shape) }, () => (example.draw ?? ((r: Random) => r.next() * 2 - 1))(random, i)),
    )
    return graph.input(`x${i}`, shape, indices ? { dtype: 'int64' } : { isTrained: !example.frozen?.includes(i) })
  })
  const y = graph.apply(name, inputs, example.attributes)
  const weights = graph.constant(
    Float32Array.from({ length: sizeOf(y.shape) }, () => random.next() * 2 - 1),
    y.shape,
  )
  const axes = y.shape.map((_, axis) => axis)
  const weighted = graph.apply('mul', [y, weights])
  const loss = axes.length === 0 ? weighted : graph.apply('reduceSum', [weighted], { axes, keepdims: 0 })
  const trained = inputs.filter((input) => input.requiresGradient)
  const found = gradients(graph, loss, trained)
  found.forEach((gradient, i) => graph.output(`grad_${trained[i]!.name}`, gradient))
  graph.output('loss', loss)
  const session = await Session.create(graph, { threads: 1, name })
  const at = (): Promise<Record<string, Float32Array>> => session.run((input) => data[Number(input.slice(1))]!)

  const analytic = await at()
  let worst = 0
  for (const input of trained) {
    const values = data[Number(input.name.slice(1))] as Float32Array
    const gradient = analytic[`grad_${input.name}`]!
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
