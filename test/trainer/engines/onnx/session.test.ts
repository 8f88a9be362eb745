import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { runtimeVersion } from '#trainer/engines/onnx/runtime-version'
import { Graph } from '#trainer/engines/onnx/graph/graph'
import { Session } from '#trainer/engines/onnx/session'

/** What we rely on and ONNX Runtime's documentation does not promise: it is pinned, and a new version must pass here first. */

async function sessionOf(graph: Graph): Promise<Session> {
  const session = await Session.create(graph, { threads: 1, name: 'a test' })
  onTestFinished(() => session.release())
  return session
}

function sumGraph(size: number): Graph {
  const graph = new Graph()
  const [a, b] = [graph.input('a', [size]), graph.input('b', [size])]
  graph.output('sum', graph.apply('add', [a, b]))
  return graph
}

test('ONNX Runtime is pinned exactly, and the pinned version runs', () => {
  const file = readFileSync(resolve(import.meta.dirname, '../../../../package.json'), 'utf8')
  const pinned = (JSON.parse(file) as { dependencies: Record<string, string> }).dependencies['onnxruntime-node']
  expect(pinned).toMatch(/^\d+\.\d+\.\d+$/)
  expect(runtimeVersion()).toBe(pinned)
})

test('outputs are written into the arrays that they are handed', async () => {
  const session = await sessionOf(sumGraph(3))
  const target = new Float32Array(3)
  const feeds: Record<string, Float32Array> = { a: Float32Array.of(1, 2, 3), b: Float32Array.of(10, 20, 30) }
  await session.runInto((name) => feeds[name]!, { sum: target })
  expect([...target]).toEqual([11, 22, 33])
  feeds.a!.fill(0)
  await session.runInto((name) => feeds[name]!, { sum: target })
  expect([...target]).toEqual([10, 20, 30])
})

test('a part of a larger array is read and written as that part', async () => {
  const session = await sessionOf(sumGraph(2))
  const whole = Float32Array.of(9, 1, 2, 9, 9, 9)
  await session.runInto(() => whole.subarray(1, 3), { sum: whole.subarray(3, 5) })
  expect([...whole]).toEqual([9, 1, 2, 2, 4, 9])
})

test('arrays in shared memory are read and written in place', async () => {
  const session = await sessionOf(sumGraph(2))
  const [shared, target] = [2, 2].map((size) => new Float32Array(new SharedArrayBuffer(4 * size))) as [Float32Array, Float32Array]
  shared.set([1, 2])
  await session.runInto(() => shared, { sum: target })
  expect([...target]).toEqual([2, 4])
})

test('outputs are arrays that another thread can take over', async () => {
  const session = await sessionOf(sumGraph(2))
  const { sum } = await session.run(() => Float32Array.of(1, 2))
  const moved = structuredClone(sum!, { transfer: [sum!.buffer as ArrayBuffer] })
  expect([...moved]).toEqual([2, 4])
  expect(sum!.length).toBe(0)
})

test('inputs are read in place: feeding 256 MB takes no second 256 MB', async () => {
  const size = 1 << 26
  const graph = new Graph()
  graph.output('sum', graph.apply('reduceSum', [graph.input('a', [size])], { axes: [0], keepdims: 0 }))
  const session = await sessionOf(graph)
  const data = new Float32Array(size).fill(1)
  await session.run(() => data)
  const before = process.memoryUsage.rss()
  const { sum } = await session.run(() => data)
  expect(sum![0]).toBe(size)
  expect(process.memoryUsage.rss() - before).toBeLessThan(size)
  expect(process.resourceUsage().maxRSS * 1024).toBeLessThan(before + 2 * size)
})

test('an error of a run names its graph', async () => {
  const session = await sessionOf(sumGraph(3))
  await expect(session.run(() => new Float32Array(2))).rejects.toThrow(/^a test: /)
})
