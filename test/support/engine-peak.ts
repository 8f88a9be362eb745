/**
 * A process of its own that runs the embedded engine over a model folder, one generation and two updates, and prints its peak memory:
 * `{"peakBytes": …}`. Argument: an EnginePeakOrder as JSON.
 */
import { readFileSync } from 'node:fs'
import { createOnnxEngine } from '#trainer/engines/onnx/onnx-engine'
import type { BaseStorage, GenerateRequest } from '#trainer/engines/engine'
import type { TrainingSequence } from '#trainer/flow'
import { TINY_SETTINGS } from '#test/support/tiny-llama'

export interface EnginePeakOrder {
  readonly modelFolder: string
  readonly loraRank: number | null
  readonly baseStorage?: BaseStorage
  readonly microbatchSize: number
  readonly threads: number
  readonly promptTokens: number
  readonly completionTokens: number
  readonly promptsAtOnce: number
  readonly groupSize: number
}

const order = JSON.parse(process.argv[2]!) as EnginePeakOrder
const { loraRank, promptTokens, completionTokens } = order
const never = new AbortController().signal
const promptOf = (group: number): number[] => Array.from({ length: promptTokens }, (_, i) => 3 + ((group + i) % 20))

const engine = createOnnxEngine({
  ...TINY_SETTINGS,
  modelFolder: order.modelFolder,
  lora: loraRank === null ? null : { rank: loraRank, alpha: 2 * loraRank, dropout: 0 },
  hasValueHead: false,
  microbatchSize: order.microbatchSize,
  threads: order.threads,
  ...(order.baseStorage && { baseStorage: order.baseStorage }),
})
const marks: Record<string, number> = {}
const mark = (name: string): void => void (marks[name] = peakBytes())
mark('open')
const requests: GenerateRequest[] = Array.from({ length: order.promptsAtOnce }, (_, i) => ({
  prompt: promptOf(i),
  seeds: Array.from({ length: order.groupSize }, (_, j) => i * 1000 + j),
}))
const sampling = { temperature: 1, topP: 1, topK: 0, maxCompletionTokens: completionTokens, endTokens: [] }
await engine.generate(requests, sampling, 'current', () => {}, never)
mark('generate')
const sequences = Array.from({ length: 2 * order.microbatchSize }, (_, i): TrainingSequence => {
  const tokens = Array.from({ length: completionTokens }, (_, j) => 3 + ((i * 7 + j) % 20))
  return {
    promptTokens: promptOf(Math.floor(i / order.groupSize)),
    completionTokens: tokens,
    oldLogprobs: new Float32Array(completionTokens).fill(-3),
    refLogprobs: null,
    advantages: new Float32Array(completionTokens).fill(i % 2 === 0 ? 1 : -1),
    returns: null,
    oldValues: null,
    weight: 1,
  }
})
for (let i = 0; i < 2; i++) {
  await engine.update(
    { sequences },
    {
      kind: 'policy',
      clipEpsilonLow: 0.2,
      clipEpsilonHigh: 0.28,
      klCoef: 0,
      entropyCoef: 0,
      lossMean: 'token',
      temperature: 1,
      value: null,
      learningRate: 1e-5,
      valueLearningRate: 0,
    },
    never,
  )
  mark(`update ${i + 1}`)
}
await engine.generate(requests, sampling, 'current', () => {}, never)
mark('generate again')
await engine.close()
console.log(JSON.stringify({ peakBytes: peakBytes(), marks }))

/** maxRSS of a child counts what its parent held when it was forked; the kernel's own mark does not. */
function peakBytes(): number {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS * 1024
  return Number(/^VmHWM:\s*(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'))![1]) * 1024
}
