/**
 * A process of its own that runs one training graph and prints how much the run added to its memory: `{"runBytes": …}`.
 * Argument: a TrainPeakOrder as JSON.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { Microbatch } from '#trainer/engines/onnx/microbatch'
import { objectiveInputs } from '#trainer/engines/onnx/objective-inputs'
import { buildTrainGraph } from '#trainer/engines/onnx/model/train-graph'
import { initialAdapter, initialWeights } from '#trainer/engines/onnx/model/weights'
import { Session } from '#trainer/engines/onnx/session'
import { storeBase } from '#trainer/engines/onnx/stored-base'
import type { BaseStorage } from '#trainer/engines/engine'
import { flattenTokens } from '#trainer/math/objective'
import type { ModelConfig } from '#trainer/engines/onnx/model/config'
import { SUPERVISED } from '#test/support/tiny-train-graph'

export interface TrainPeakOrder {
  readonly config: ModelConfig
  readonly batch: number
  readonly promptTokens: number
  readonly completionTokens: number
  readonly isCheckpointed: boolean
  /** float32 when left out. */
  readonly storage?: BaseStorage
}

const {
  config,
  batch,
  promptTokens,
  completionTokens,
  isCheckpointed,
  storage = 'float32',
} = JSON.parse(process.argv[2]!) as TrainPeakOrder
const tokens = (count: number): number[] => Array.from({ length: count }, (_, i) => i % config.vocabularySize)
const sequences = Array.from({ length: batch }, () => ({
  promptTokens: tokens(promptTokens),
  completionTokens: tokens(completionTokens),
  oldLogprobs: new Float32Array(completionTokens),
  refLogprobs: null,
  advantages: new Float32Array(completionTokens),
  returns: null,
  oldValues: null,
  weight: 1,
}))
const extent = { batch, length: promptTokens + completionTokens, picked: batch * completionTokens, shared: null }
const graph = buildTrainGraph(config, extent, {
  adapter: { rank: 16, scale: 2 },
  hasValueHead: false,
  objective: 'supervised',
  hasEntropyBonus: false,
  isCheckpointed,
  storage,
})
const weights = new Map([...storeBase(initialWeights(config, 1), config, storage), ...initialAdapter(config, 16, 1)])
const objective = objectiveInputs(flattenTokens({ sequences }, SUPERVISED), SUPERVISED, extent.picked)
const inputs = new Map([...new Microbatch(sequences, extent).inputs(), ...objective])
const session = await Session.create(graph, { threads: 1, name: 'train' })
forgetPeak()
const before = process.memoryUsage().rss
await session.run((name) => inputs.get(name) ?? weights.get(name)!.data)
console.log(JSON.stringify({ runBytes: peakBytes() - before }))

/** What was there before the run, and may have been collected since, is no peak of the run: 5 puts the kernel's mark back to what is resident now. */
function forgetPeak(): void {
  if (process.platform === 'linux') writeFileSync('/proc/self/clear_refs', '5')
}

/** maxRSS of a child counts what its parent held when it was forked; the kernel's own mark does not. */
function peakBytes(): number {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS * 1024
  return Number(/^VmHWM:\s*(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'))![1]) * 1024
}
