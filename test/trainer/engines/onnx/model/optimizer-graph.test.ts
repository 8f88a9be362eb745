import { describe, expect, test } from 'vitest'
import { AdamW, clipFactor, globalNorm } from '#trainer/engines/onnx/model/optimizer'
import { buildNormGraph, buildStepGraph, buildSumGraph, PREFIX } from '#trainer/engines/onnx/model/optimizer-graph'
import { isValueHead, VALUE_HEAD, type Tensors } from '#trainer/engines/onnx/model/weights'
import { Session } from '#trainer/engines/onnx/session'
import { createRandom } from '#trainer/math/random'

const SHAPES = new Map<string, readonly number[]>([
  ['matrix', [3, 4]],
  ['norm', [5]],
  [VALUE_HEAD.weight, [1, 4]],
])
const SETTINGS = { beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0.1, maxGradNorm: 0.7 }
const RATES = { rate: 1e-2, value_rate: 3e-2 }

function draw(seed: number): Tensors {
  const random = createRandom(seed)
  return new Map(
    [...SHAPES].map(([name, shape]) => {
      const size = shape.reduce((product, extent) => product * extent, 1)
      return [name, { shape, data: Float32Array.from({ length: size }, () => random.next() * 2 - 1) }]
    }),
  )
}

function arrays(tensors: Tensors): Map<string, Float32Array> {
  return new Map([...tensors].map(([name, { data }]) => [name, data]))
}

describe('the optimizer as a graph', () => {
  test('three steps are those of the plain loops', async () => {
    const session = await Session.create(buildStepGraph(SHAPES, isValueHead, SETTINGS), { threads: 1, name: 'step' })
    const plain = draw(1)
    const adam = new AdamW(plain, SETTINGS)
    let held = new Map(
      [...arrays(draw(1))].flatMap(([name, data]) => [
        [PREFIX.weight + name, data],
        [PREFIX.first + name, new Float32Array(data.length)],
        [PREFIX.second + name, new Float32Array(data.length)],
      ]) as [string, Float32Array][],
    )
    for (let step = 1; step <= 3; step++) {
      const gradients = arrays(draw(10 + step))
      const norm = globalNorm(gradients)
      adam.apply(plain, gradients, norm, (name) => (isValueHead(name) ? RATES.value_rate : RATES.rate))
      const scalars: Record<string, number> = {
        ...RATES,
        clip: clipFactor(norm, SETTINGS.maxGradNorm),
        first: 1 / (1 - SETTINGS.beta1 ** step),
        second: 1 / Math.sqrt(1 - SETTINGS.beta2 ** step),
      }
      const results = await session.run(
        (input) => held.get(input) ?? gradients.get(input.slice(PREFIX.gradient.length)) ?? Float32Array.of(scalars[input]!),
      )
      held = new Map(Object.entries(results).map(([name, data]) => [name.replace('next:', ''), data]))
    }
    for (const [name, { data }] of plain) {
      const { first, second } = adam.moments.get(name)!
      expectClose(held.get(PREFIX.weight + name)!, data)
      expectClose(held.get(PREFIX.first + name)!, first)
      expectClose(held.get(PREFIX.second + name)!, second)
    }
  })

  test('the norm is that of all gradients together', async () => {
    const session = await Session.create(buildNormGraph(SHAPES), { threads: 1, name: 'norm' })
    const gradients = arrays(draw(4))
    const { squares } = await session.run((input) => gradients.get(input.slice(PREFIX.gradient.length))!)
    expect(Math.sqrt(squares![0]!)).toBeCloseTo(globalNorm(gradients), 5)
  })

  test('gradients of two microbatches are added up', async () => {
    const session = await Session.create(buildSumGraph(SHAPES), { threads: 1, name: 'sum' })
    const [sums, parts] = [arrays(draw(5)), arrays(draw(6))]
    const results = await session.run((input) =>
      input.startsWith(PREFIX.sum) ? sums.get(input.slice(PREFIX.sum.length))! : parts.get(input.slice(PREFIX.gradient.length))!,
    )
    for (const [name, sum] of sums) {
      expectClose(
        results[`next:${PREFIX.sum}${name}`]!,
        sum.map((value, i) => value + parts.get(name)![i]!),
      )
    }
  })
})

function expectClose(found: Float32Array, expected: Float32Array): void {
  expect(found.length).toBe(expected.length)
  found.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 5))
}
