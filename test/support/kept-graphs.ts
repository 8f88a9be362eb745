/**
 * A process of its own that compiles and runs training graphs of several shapes, keeps them, and prints what they hold beside what they are reckoned at:
 * `{"heldBytes": …, "reckonedBytes": …}`. Argument: a KeptGraphsOrder as JSON.
 */
import type { ModelConfig } from '#trainer/engines/onnx/model/config'
import { Microbatch } from '#trainer/engines/onnx/microbatch'
import { objectiveInputs } from '#trainer/engines/onnx/objective-inputs'
import { buildTrainGraph } from '#trainer/engines/onnx/model/train-graph'
import { initialAdapter, initialWeights } from '#trainer/engines/onnx/model/weights'
import { Session } from '#trainer/engines/onnx/session'
import { flattenTokens } from '#trainer/math/objective'
import { SUPERVISED } from '#test/support/tiny-train-graph'

export interface KeptGraphsOrder {
  readonly config: ModelConfig
  readonly graphCount: number
}

const PROMPT_TOKENS = 8
const { config, graphCount } = JSON.parse(process.argv[2]!) as KeptGraphsOrder
const weights = new Map([...initialWeights(config, 1), ...initialAdapter(config, 16, 1)])
const tokens = (count: number): number[] => Array.from({ length: count }, (_, i) => i % config.vocabularySize)

// The longest first: what its run takes, all later runs take again.
const kept = [await ran(8 * (graphCount + 1))]
const before = residentBytes()
for (let steps = graphCount; steps > 0; steps--) kept.push(await ran(8 * steps))
const heldBytes = residentBytes() - before
const reckonedBytes = kept.slice(1).reduce((sum, { residentBytes }) => sum + residentBytes, 0)
console.log(JSON.stringify({ heldBytes, reckonedBytes }))
for (const session of kept) await session.release()

/** What JavaScript has dropped and not collected yet is none of theirs. Started with --expose-gc. */
function residentBytes(): number {
  globalThis.gc!()
  return process.memoryUsage.rss()
}

async function ran(completionTokens: number): Promise<Session> {
  const sequence = {
    promptTokens: tokens(PROMPT_TOKENS),
    completionTokens: tokens(completionTokens),
    oldLogprobs: new Float32Array(completionTokens),
    refLogprobs: null,
    advantages: new Float32Array(completionTokens),
    returns: null,
    oldValues: null,
    weight: 1,
  }
  const extent = { batch: 1, length: PROMPT_TOKENS + completionTokens, picked: completionTokens, shared: null }
  const options = {
    adapter: { rank: 16, scale: 2 },
    hasValueHead: false,
    objective: 'supervised',
    hasEntropyBonus: false,
  } as const
  const session = await Session.create(buildTrainGraph(config, extent, options), {
    threads: 1,
    name: `${completionTokens} tokens`,
  })
  const objective = objectiveInputs(flattenTokens({ sequences: [sequence] }, SUPERVISED), SUPERVISED, extent.picked)
  const inputs = new Map([...new Microbatch([sequence], extent).inputs(), ...objective])
  await session.run((name) => inputs.get(name) ?? weights.get(name)!.data)
  return session
}
