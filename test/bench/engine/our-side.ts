/** Our side of `npm run bench engine`: the same requests, a line each, as native/bench/torch_side.py. In a process of its own, so that its peak is its own. */
import { createInterface } from 'node:readline'
import type { GenerateEvent } from '#trainer/engines/engine'
import { createOnnxEngine, type OnnxEngine } from '#trainer/engines/onnx/onnx-engine'
import { Graph } from '#trainer/engines/onnx/graph/graph'
import { Session } from '#trainer/engines/onnx/session'
import { POLICY_OBJECTIVE, trainingSequences } from './workload.ts'

interface Opening {
  readonly folder: string
  readonly rank: number
  readonly alpha: number
  readonly threads: number
  readonly seed: number
  readonly microbatchSize: number
}

const never = new AbortController().signal
let engine: OnnxEngine
let threads = 1

const OPERATIONS = {
  open: async (opening: Opening): Promise<object> => {
    threads = opening.threads
    engine = createOnnxEngine({
      modelFolder: opening.folder,
      lora: { rank: Math.max(1, opening.rank), alpha: opening.alpha, dropout: 0 },
      hasValueHead: false,
      optimizer: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, maxGradNorm: 1 },
      microbatchSize: opening.microbatchSize,
      seed: opening.seed,
      threads: opening.threads,
    })
    return { trained: engine.info.trainableCount }
  },
  train: async ({ prompts, completions }: { prompts: number[][]; completions: number[][] }): Promise<object> =>
    engine.update({ sequences: trainingSequences(prompts, completions) }, POLICY_OBJECTIVE, never),
  decode: async ({ prompts, count, group = 1 }: { prompts: number[][]; count: number; group?: number }): Promise<object> => {
    let tokens = 0
    const requests = prompts.map((prompt, i) => ({ prompt, seeds: Array.from({ length: group }, (_, k) => i * group + k) }))
    const sampling = { temperature: 1, topP: 1, topK: 0, maxCompletionTokens: count, endTokens: [] }
    await engine.generate(requests, sampling, 'current', (event: GenerateEvent) => (tokens += event.tokens.length), never)
    return { tokens }
  },
  gemm: async ({ m, k, n }: { m: number; k: number; n: number }): Promise<object> => {
    const graph = new Graph()
    const [a, b] = [graph.input('a', [m, k]), graph.input('b', [k, n])]
    const product = graph.apply('matmul', [a, b], { transA: 0, transB: 0, alpha: 1 })
    // One number comes back, so that the result is not copied.
    graph.output(
      'corner',
      graph.apply('slice', [graph.apply('slice', [product], { axis: 0, start: 0, end: 1 })], { axis: 1, start: 0, end: 1 }),
    )
    const session = await Session.create(graph, { threads, name: 'gemm' })
    const data: Record<string, Float32Array> = { a: noise(m * k), b: noise(k * n) }
    await session.run((name) => data[name]!)
    const start = performance.now()
    let runs = 0
    for (; performance.now() - start < 500; runs++) await session.run((name) => data[name]!)
    const flops = (2 * m * k * n * runs) / ((performance.now() - start) / 1000)
    await session.release()
    return { flops }
  },
  peak: async (): Promise<object> => ({ bytes: process.resourceUsage().maxRSS * 1024 }),
}

function noise(size: number): Float32Array {
  return Float32Array.from({ length: size }, () => Math.random() - 0.5)
}

for await (const line of createInterface({ input: process.stdin })) {
  const { op, args = {} } = JSON.parse(line) as { op: keyof typeof OPERATIONS; args?: never }
  const start = performance.now()
  const result = await OPERATIONS[op](args as never)
  process.stdout.write(`${JSON.stringify({ seconds: (performance.now() - start) / 1000, ...result })}\n`)
}
