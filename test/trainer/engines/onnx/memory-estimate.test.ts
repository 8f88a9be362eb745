/** What is foretold of a run's memory is what a run takes: counted for shapes small enough to check by hand, measured on real runs. */
import { execFile } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { Graph } from '#trainer/engines/onnx/graph/graph'
import { livePeak } from '#trainer/engines/onnx/graph/liveness'
import { availableMemory } from '#trainer/engines/onnx/memory-available'
import { KEPT_BYTES } from '#trainer/engines/onnx/kept-sessions'
import { estimateMemory, type MemorySettings } from '#trainer/engines/onnx/memory-estimate'
import { modelConfigJson, type ModelConfig } from '#trainer/engines/onnx/model/config'
import { initialWeights } from '#trainer/engines/onnx/model/weights'
import { writeTensors } from '#trainer/engines/onnx/safetensors-writer'
import type { EnginePeakOrder } from '#test/support/engine-peak'
import type { KeptGraphsOrder } from '#test/support/kept-graphs'
import { REPOSITORY } from '#test/support/run-builders'
import { temporaryFolder } from '#test/support/temporary-folder'
import { TINY_CONFIG } from '#test/support/tiny-llama'

const SETTINGS: MemorySettings = {
  loraRank: 4,
  hasValueHead: true,
  hasEntropyBonus: false,
  microbatchSize: 2,
  threads: 1,
  promptsAtOnce: 3,
  groupSize: 4,
  promptTokens: 10,
  completionTokens: 20,
}

function bytesOf(changes: Partial<MemorySettings> = {}, config = TINY_CONFIG): Record<string, number> {
  const { parts, totalBytes } = estimateMemory(config, { ...SETTINGS, ...changes })
  return { ...Object.fromEntries(parts.map(({ term, bytes }) => [term, bytes])), total: totalBytes }
}

describe('the parts of the tiny model, by hand', () => {
  // A layer: q, o 16 x 16; k, v 8 x 16; gate, up, down 24 x 16.
  const linear = 2 * (2 * 256 + 2 * 128 + 3 * 384)
  const parameters = linear + 2 * 2 * 16 + 16 + 2 * 24 * 16
  // Rank 4 times inputs and outputs of the seven layers, twice; the value head has 16 weights and a bias.
  const trained = 2 * 4 * (2 * 32 + 2 * 24 + 3 * 40) + 17

  test('weights, adapter, two moments, two copies of gradients, merged layers', () => {
    expect(bytesOf()).toMatchObject({
      weights: 4 * parameters,
      adapter: 4 * trained,
      optimizer: 8 * trained,
      gradients: 8 * trained,
      merged: 4 * linear,
    })
  })

  test('keys and values: two heads of four in two layers, three prompts of ten tokens, twelve completions of twenty', () => {
    expect(bytesOf().cache).toBe(4 * 2 * 2 * 2 * 4 * (3 * 10 + 12 * 20))
  })

  test('all weights trained: a frozen copy, and moments and gradients of everything', () => {
    const all = bytesOf({ loraRank: null, hasValueHead: false })
    expect(all).toMatchObject({
      weights: 4 * parameters,
      reference: 4 * parameters,
      optimizer: 8 * parameters,
      gradients: 8 * parameters,
    })
    expect(all.merged).toBeUndefined()
  })

  test('a base in fewer bits: two bytes or 20 / 32 for each weight of a layer, two for one of the embedding, and nothing merged', () => {
    const [embedding, rest] = [24 * 16, 24 * 16 + 5 * 16]
    const [half, four] = [bytesOf({ baseStorage: 'float16' }), bytesOf({ baseStorage: 'int4' })]
    expect(half.weights).toBe(2 * linear + 2 * embedding + 4 * rest)
    expect(four.weights).toBe(0.625 * linear + 2 * embedding + 4 * rest)
    expect([half.merged, four.merged]).toEqual([undefined, undefined])
    expect(bytesOf({ baseStorage: 'int4', loraRank: null })).toEqual(bytesOf({ loraRank: null }))
  })

  test('kept graphs: of a long run what each lane and decoding may keep, of which 0.9 is seen; of a step none beyond the runtime’s', () => {
    const long = { rolloutCount: 1e6 }
    expect(bytesOf().graphs).toBeUndefined()
    expect(bytesOf(long).graphs).toBeCloseTo(0.9 * (KEPT_BYTES.lane + KEPT_BYTES.decoding), -1)
    expect(bytesOf({ ...long, threads: 2 }).graphs).toBeCloseTo(0.9 * (2 * KEPT_BYTES.lane + KEPT_BYTES.decoding), -1)
  })

  test('kept graphs: of a short run as many as its microbatches come to', () => {
    const [few, more] = [bytesOf({ rolloutCount: 768 }).graphs!, bytesOf({ rolloutCount: 1536 }).graphs!]
    expect(few).toBeGreaterThan(0)
    expect(more / few).toBeCloseTo(2, 5)
    expect(more).toBeLessThan(0.9 * KEPT_BYTES.decoding)
  })

  test('the total is the sum', () => {
    const { total, ...parts } = bytesOf()
    expect(Object.values(parts).reduce((sum, bytes) => sum + bytes, 0)).toBe(total)
  })
})

describe('live buffers', () => {
  const peakOf = (graph: Graph): number => livePeak(graph, () => 'all' as const, { all: 0 }).all

  test('a chain of products holds two values at once: what is read and what is written', () => {
    const graph = new Graph()
    const weight = graph.input('w', [8, 8])
    let x = graph.input('x', [4, 8])
    for (let i = 0; i < 5; i++) x = graph.apply('matmul', [x, weight], { transA: 0, transB: 0, alpha: 1 })
    graph.output('y', x)
    expect(peakOf(graph)).toBe(2 * 4 * 8 * 4)
  })

  test('element-wise nodes write over an input that nobody reads again, but not over one that somebody does', () => {
    const chain = new Graph()
    chain.output('y', chain.apply('exp', [chain.apply('neg', [chain.apply('exp', [chain.input('x', [100])])])]))
    expect(peakOf(chain)).toBe(400)
    const kept = new Graph()
    const first = kept.apply('exp', [kept.input('x', [100])])
    kept.output('y', kept.apply('add', [kept.apply('exp', [first]), first]))
    expect(peakOf(kept)).toBe(800)
  })

  test('a reshape costs nothing, and keeps its buffer as long as it is read', () => {
    const graph = new Graph()
    const first = graph.apply('exp', [graph.input('x', [100])])
    const shaped = graph.apply('reshape', [first], { shape: [10, 10] })
    const other = graph.apply('exp', [graph.input('z', [10, 10])])
    graph.output('y', graph.apply('add', [shaped, other]))
    expect(peakOf(graph)).toBe(800)
  })

  test('nodes that no output needs are not counted', () => {
    const graph = new Graph()
    const x = graph.input('x', [10])
    graph.apply('exp', [graph.apply('expand', [x], { shape: [1000, 10] })])
    graph.output('y', graph.apply('exp', [x]))
    expect(peakOf(graph)).toBe(40)
  })
})

describe('what grows with what', () => {
  test('activations: with the microbatch, and with a long sequence faster than its length but no faster than its square', () => {
    const [two, four] = [bytesOf({ groupSize: 1 }), bytesOf({ groupSize: 1, microbatchSize: 4 })]
    expect(four.activations! / two.activations!).toBeCloseTo(2, 1)
    const model = { ...TINY_CONFIG, maxPositions: 100_000 }
    const [short, long] = [bytesOf({ completionTokens: 1014 }, model), bytesOf({ completionTokens: 4086 }, model)]
    expect(long.activations! / short.activations!).toBeGreaterThan(4.1)
    expect(long.activations! / short.activations!).toBeLessThan(16.1)
  })

  test('activations: with the lanes, of which a large model has one', () => {
    expect(bytesOf({ threads: 2 }).activations).toBe(2 * bytesOf().activations!)
    const large = { ...TINY_CONFIG, vocabularySize: 10_000_000 }
    expect(bytesOf({ threads: 2 }, large).activations).toBe(bytesOf({}, large).activations)
  })

  test('prompts that do not fit into the decoder at once are taken in turns', () => {
    expect(bytesOf({ promptsAtOnce: 64, groupSize: 4 }).cache).toBe(bytesOf({ promptsAtOnce: 640, groupSize: 4 }).cache)
  })
})

describe('what this computer can give', () => {
  const files = (texts: Record<string, string>) => (file: string) => texts[file] ?? null
  const meminfo = 'MemTotal: 16000000 kB\nMemAvailable:    8000000 kB\n'
  const reserve = 0.3e9

  test('on Linux what the system has left, less a reserve', () => {
    expect(availableMemory('linux', 16e9, files({ '/proc/meminfo': meminfo }))).toBe(8_000_000 * 1024 - reserve)
  })

  test('in a container its limit, less what it holds and cannot give back', () => {
    const group = {
      '/proc/meminfo': meminfo,
      '/sys/fs/cgroup/memory.max': '4000000000\n',
      '/sys/fs/cgroup/memory.current': '3000000000\n',
      '/sys/fs/cgroup/memory.stat': 'anon 1000000000\ninactive_file 2000000000\n',
    }
    expect(availableMemory('linux', 16e9, files(group))).toBe(3e9 - reserve)
    expect(availableMemory('linux', 16e9, files({ ...group, '/sys/fs/cgroup/memory.max': 'max\n' }))).toBe(
      8_000_000 * 1024 - reserve,
    )
  })

  test('in a container of the older kind, too; without a limit it names a number near 2^63', () => {
    const group = (limit: string): Record<string, string> => ({
      '/proc/meminfo': meminfo,
      '/sys/fs/cgroup/memory/memory.limit_in_bytes': limit,
      '/sys/fs/cgroup/memory/memory.usage_in_bytes': '1000000000',
      '/sys/fs/cgroup/memory/memory.stat': 'cache 5\ntotal_inactive_file 500000000\n',
    })
    expect(availableMemory('linux', 16e9, files(group('2000000000')))).toBe(1.5e9 - reserve)
    expect(availableMemory('linux', 16e9, files(group('9223372036854771712')))).toBe(8_000_000 * 1024 - reserve)
  })

  test('elsewhere the machine less an eighth', () => {
    expect(availableMemory('darwin', 16e9, files({}))).toBe(14e9)
  })
})

describe('measured on real runs', () => {
  const MODEL: ModelConfig = {
    ...TINY_CONFIG,
    vocabularySize: 2048,
    hiddenSize: 256,
    intermediateSize: 688,
    layerCount: 6,
    headCount: 4,
    keyValueHeadCount: 4,
    headSize: 64,
    maxPositions: 1024,
  }
  /** The estimate's promise: a quarter more or less. */
  const BOUND = 0.25

  test.each([
    ['an adapter', { loraRank: 16, microbatchSize: 8, threads: 1, promptsAtOnce: 4, groupSize: 4 }],
    ['an adapter in two lanes', { loraRank: 16, microbatchSize: 8, threads: 2, promptsAtOnce: 4, groupSize: 4 }],
    ['all weights', { loraRank: null, microbatchSize: 4, threads: 1, promptsAtOnce: 2, groupSize: 4 }],
    ['a base in halves', { loraRank: 16, baseStorage: 'float16', microbatchSize: 8, threads: 1, promptsAtOnce: 4, groupSize: 4 }],
    ['a base in four bits', { loraRank: 16, baseStorage: 'int4', microbatchSize: 8, threads: 1, promptsAtOnce: 4, groupSize: 4 }],
  ] as const)('5 million parameters, %s', async (_, shape) => {
    const settings = { ...shape, promptTokens: 64, completionTokens: 64 }
    const modelFolder = join(temporaryFolder(), 'model')
    mkdirSync(modelFolder)
    writeFileSync(join(modelFolder, 'config.json'), JSON.stringify(modelConfigJson(MODEL, { bos: 1, eos: 0, pad: 2 })))
    writeTensors(join(modelFolder, 'model.safetensors'), initialWeights(MODEL, 1), 'F16')
    const measured = await measurePeak({ ...settings, modelFolder })
    const { totalBytes } = estimateMemory(MODEL, { ...settings, hasValueHead: false, hasEntropyBonus: false })
    console.log(`peak ${(measured / 1e6).toFixed(0)} MB, estimate ${(totalBytes / 1e6).toFixed(0)} MB`)
    expect(Math.abs(totalBytes / measured - 1)).toBeLessThan(BOUND)
  })

  test('graphs that are kept hold what they are reckoned at', async () => {
    const order = { config: MODEL, graphCount: 40 }
    const { heldBytes, reckonedBytes } = await answerOf<{ heldBytes: number; reckonedBytes: number }>('kept-graphs.ts', order)
    console.log(`40 graphs hold ${(heldBytes / 1e6).toFixed(0)} MB, reckoned at ${(reckonedBytes / 1e6).toFixed(0)} MB`)
    expect(Math.abs((0.9 * reckonedBytes) / heldBytes - 1)).toBeLessThan(BOUND)
  })
})

async function measurePeak(order: EnginePeakOrder): Promise<number> {
  return (await answerOf<{ peakBytes: number }>('engine-peak.ts', order)).peakBytes
}

/** Of a process of its own. */
async function answerOf<T>(script: string, order: EnginePeakOrder | KeptGraphsOrder): Promise<T> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--expose-gc', join(REPOSITORY, 'test/support', script), JSON.stringify(order)],
    {
      // As trainers are started: see launch/trainer-process.ts.
      env: { ...process.env, MALLOC_ARENA_MAX: '1' },
    },
  )
  return JSON.parse(stdout) as T
}
