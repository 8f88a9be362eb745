import { expect, onTestFinished, test } from 'vitest'
import { Graph } from '#trainer/engines/onnx/graph/graph'
import { KeptSessions } from '#trainer/engines/onnx/kept-sessions'
import { Session } from '#trainer/engines/onnx/session'

const FEEDS = { a: Float32Array.of(1, 2, 3), b: Float32Array.of(10, 20, 30) }

function sum(name: string): Promise<Session> {
  const graph = new Graph()
  const [a, b] = [graph.input('a', [3]), graph.input('b', [3])]
  graph.output('sum', graph.apply('add', [a, b]))
  return Session.create(graph, { threads: 1, name })
}

/** Which graphs were compiled, in order, when those of `names` were asked for and run one after the other. */
async function compiled(names: string, limitBytes: number, available = () => 1e9): Promise<string> {
  const kept = new KeptSessions(limitBytes, available)
  onTestFinished(() => kept.release())
  let made = ''
  for (const name of names) {
    const session = await kept.get(name, () => {
      made += name
      return sum(name)
    })
    const results = await session.run((input) => FEEDS[input as 'a' | 'b'])
    expect([...results.sum!]).toEqual([11, 22, 33])
  }
  return made
}

const one = await sum('one')
const { residentBytes } = one
await one.release()

test('a graph is compiled once where there is room for all', async () => {
  expect(await compiled('abcabcab', 3 * residentBytes)).toBe('abc')
})

test('where there is room for two, the one that was run last but two has to go', async () => {
  expect(await compiled('abacab', 2 * residentBytes)).toBe('abcb')
})

test('a graph that is larger than all room is run all the same, alone', async () => {
  expect(await compiled('aabba', residentBytes / 2)).toBe('aba')
})

test('where this computer has nothing left to give, a new graph takes the place of others, and there is room again later', async () => {
  expect(await compiled('abab', 3 * residentBytes, () => 0)).toBe('abab')
  const left = [1e9, 1e9, 0, 1e9, 1e9]
  // The third one finds nothing left, so that the first has to go; then there is room for all three.
  expect(await compiled('abcab', 3 * residentBytes, () => left.shift()!)).toBe('abca')
})
