/** Causal attention in blocks against plain loops in double precision: three blocks, grouped heads, two sequences. */
import { describe, expect, test } from 'vitest'
import { gradients } from '#trainer/engines/onnx/graph/autodiff'
import { Graph } from '#trainer/engines/onnx/graph/graph'
import { causalAttention } from '#trainer/engines/onnx/model/attention'
import { createRandom } from '#trainer/math/random'
import { differences, relativeError, runGraph, uniform } from '#test/support/run-graph'
import { TINY_CONFIG } from '#test/support/tiny-llama'

const EXTENT = { batch: 2, length: 150 } as const
const { headCount, keyValueHeadCount, headSize, ropeTheta } = TINY_CONFIG
const ROWS = EXTENT.batch * EXTENT.length
const QUERIES = headCount * headSize
const KEYS = keyValueHeadCount * headSize

const data = {
  q: uniform(ROWS * QUERIES, 1).map((value) => 3 * value),
  k: uniform(ROWS * KEYS, 2).map((value) => 3 * value),
  v: uniform(ROWS * KEYS, 3),
  weights: uniform(ROWS * QUERIES, 4),
}

describe('causal attention over several blocks', async () => {
  const found = await attentionGraph()

  test('its result is that of plain loops', () => {
    expect(relativeError(found.result!, plainAttention(data.q, data.k, data.v))).toBeLessThan(1e-5)
  })

  test.each(['q', 'k', 'v'] as const)('the gradient of %s is that of plain loops', (name) => {
    const random = createRandom(5)
    const places = Array.from({ length: 60 }, () => random.below(data[name].length))
    const lossOf = (values: Float64Array): number => {
      const inputs = { ...data, [name]: values }
      return plainAttention(inputs.q, inputs.k, inputs.v).reduce((sum, value, i) => sum + value * data.weights[i]!, 0)
    }
    const expected = differences(lossOf, data[name], places)
    const gradient = places.map((place) => found[`gradient of ${name}`]![place]!)
    expect(relativeError(gradient, expected)).toBeLessThan(1e-5)
  })
})

async function attentionGraph(): Promise<Readonly<Record<string, Float32Array>>> {
  const graph = new Graph()
  const isTrained = true
  const q = graph.input('q', [ROWS, QUERIES], { isTrained })
  const [k, v] = [graph.input('k', [ROWS, KEYS], { isTrained }), graph.input('v', [ROWS, KEYS], { isTrained })]
  const result = causalAttention(graph, TINY_CONFIG, EXTENT)(0, q, k, v)
  const weighted = graph.apply('mul', [result, graph.input('weights', [ROWS, QUERIES])])
  const loss = graph.apply('reduceSum', [weighted], { axes: [0, 1], keepdims: 0 })
  graph.output('result', result)
  gradients(graph, loss, [q, k, v]).forEach((gradient, i) => graph.output(`gradient of ${'qkv'[i]}`, gradient))
  return runGraph(graph, data)
}

type Numbers = ArrayLike<number>

/** [rows, heads · size]: every head of every token by itself. */
function plainAttention(q: Numbers, k: Numbers, v: Numbers): Float64Array {
  const result = new Float64Array(ROWS * QUERIES)
  const [queries, keys] = [turned(q, headCount), turned(k, keyValueHeadCount)]
  const group = headCount / keyValueHeadCount
  for (let row = 0; row < ROWS; row++) {
    const first = row - (row % EXTENT.length)
    for (let head = 0; head < headCount; head++) {
      const [from, shared] = [row * QUERIES + head * headSize, Math.floor(head / group) * headSize]
      const scores: number[] = []
      for (let other = first; other <= row; other++) {
        let score = 0
        for (let i = 0; i < headSize; i++) score += queries[from + i]! * keys[other * KEYS + shared + i]!
        scores.push(Math.exp(score / Math.sqrt(headSize)))
      }
      const total = scores.reduce((sum, score) => sum + score)
      scores.forEach((score, at) => {
        for (let i = 0; i < headSize; i++) result[from + i]! += (score / total) * v[(first + at) * KEYS + shared + i]!
      })
    }
  }
  return result
}

/** Rotary positions: the two halves of a head are the coordinates of pairs. */
function turned(x: Numbers, heads: number): Float64Array {
  const turnedX = new Float64Array(x.length)
  const half = headSize / 2
  for (let row = 0; row < ROWS; row++) {
    for (let head = 0; head < heads; head++) {
      for (let i = 0; i < half; i++) {
        const at = (row * heads + head) * headSize + i
        const angle = (row % EXTENT.length) * ropeTheta ** ((-2 * i) / headSize)
        turnedX[at] = x[at]! * Math.cos(angle) - x[at + half]! * Math.sin(angle)
        turnedX[at + half] = x[at + half]! * Math.cos(angle) + x[at]! * Math.sin(angle)
      }
    }
  }
  return turnedX
}
