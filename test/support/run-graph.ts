/** One run of a graph, and numbers to feed and to compare. */
import type { Graph } from '#trainer/engines/onnx/graph/graph'
import { Session, type TensorData } from '#trainer/engines/onnx/session'
import { createRandom } from '#trainer/math/random'

export type Arrays = Readonly<Record<string, Float32Array>>

export async function runGraph(graph: Graph, feeds: Readonly<Record<string, TensorData>>): Promise<Arrays> {
  const session = await Session.create(graph, { threads: 1, name: 'test' })
  const results = await session.run((name) => feeds[name]!)
  await session.release()
  return results
}

/** [size] uniform in ±1. */
export function uniform(size: number, seed: number): Float32Array {
  const random = createRandom(seed)
  return Float32Array.from({ length: size }, () => random.next() * 2 - 1)
}

/** Largest difference, as a share of the largest expected number. */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) throw new Error(`${actual.length} numbers instead of ${expected.length}`)
  const most = (values: ArrayLike<number>): number => Array.from(values).reduce((max, value) => Math.max(max, Math.abs(value)), 0)
  return most(Array.from(actual, (value, i) => value - expected[i]!)) / Math.max(most(expected), 1e-12)
}

/** Central differences of a function of double-precision numbers at some places: the judge of gradients. */
export function differences(of: (values: Float64Array) => number, at: ArrayLike<number>, places: readonly number[]): number[] {
  const values = Float64Array.from(at)
  const h = 1e-5
  return places.map((place) => {
    const original = values[place]!
    values[place] = original + h
    const up = of(values)
    values[place] = original - h
    const down = of(values)
    values[place] = original
    return (up - down) / (2 * h)
  })
}
