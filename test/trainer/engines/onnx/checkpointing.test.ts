/** Gradient checkpointing: the same numbers in less memory. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { livePeak } from '#trainer/engines/onnx/graph/liveness'
import { buildTrainGraph } from '#trainer/engines/onnx/model/train-graph'
import type { ModelConfig } from '#trainer/engines/onnx/model/config'
import { TrainSessions } from '#trainer/engines/onnx/train-sessions'
import { REPOSITORY } from '#test/support/run-builders'
import { relativeError, runGraph } from '#test/support/run-graph'
import { aModelState, TINY_CONFIG, TINY_SETTINGS } from '#test/support/tiny-llama'
import type { TrainPeakOrder } from '#test/support/train-peak'
import { supervisedSequences, SUPERVISED, tinyTraining } from '#test/support/tiny-train-graph'

describe('a layer that is computed again', () => {
  test.each([
    { what: 'an adapter', lora: TINY_SETTINGS.lora, dropout: 0 },
    { what: 'an adapter with dropout', lora: TINY_SETTINGS.lora, dropout: 0.3 },
    { what: 'all weights', lora: null, dropout: 0 },
  ])('gives the gradients of one that is kept: $what', async ({ lora, dropout }) => {
    const state = aModelState(lora, false)
    const adapter = lora === null ? null : { rank: lora.rank, scale: lora.alpha / lora.rank }
    const [kept, again] = await Promise.all(
      [false, true].map((isCheckpointed) => {
        const { graph, feeds } = tinyTraining(state, { adapter, isCheckpointed }, dropout)
        return runGraph(graph, feeds)
      }),
    )
    expect(Object.keys(again!)).toEqual(Object.keys(kept!))
    expect(Object.keys(kept!).filter((name) => name.startsWith('gradient:'))).toHaveLength(state.trained.size)
    for (const [name, expected] of Object.entries(kept!)) expect(relativeError(again![name]!, expected), name).toBeLessThan(1e-5)
  })

  test('leads to the same update', async () => {
    const [kept, again] = await Promise.all(
      [false, true].map(async (isCheckpointed) => {
        const state = aModelState(TINY_SETTINGS.lora, false)
        const sessions = new TrainSessions(state, { ...TINY_SETTINGS, hasValueHead: false, isCheckpointed })
        const stats = await sessions.update({ sequences: supervisedSequences() }, SUPERVISED, new AbortController().signal)
        return { stats, state }
      }),
    )
    expect(again!.stats.gradNorm).toBeCloseTo(kept!.stats.gradNorm, 5)
    for (const [name, { data }] of kept!.state.trained) {
      expect(relativeError(again!.state.trained.get(name)!.data, data), name).toBeLessThan(1e-3)
    }
  })
})

/** The 25 million parameters of the bench. */
const BENCHED: ModelConfig = {
  ...TINY_CONFIG,
  vocabularySize: 4096,
  hiddenSize: 512,
  intermediateSize: 1376,
  layerCount: 8,
  headCount: 8,
  keyValueHeadCount: 8,
  headSize: 64,
  isTied: true,
}

describe('memory', () => {
  test('25 million parameters, 16 x 192 tokens at once: a fifth of the live tensors', () => {
    const bytes = (isCheckpointed: boolean): number => {
      const extent = { batch: 16, length: 192, picked: 16 * 128, shared: null }
      const adapter = { rank: 16, scale: 2 }
      const options = { adapter, hasValueHead: false, objective: 'policy', hasEntropyBonus: false, isCheckpointed } as const
      return livePeak(buildTrainGraph(BENCHED, extent, options), () => 'all' as const, { all: 0 }).all
    }
    console.log(`live tensors: ${(bytes(false) / 1e6).toFixed(0)} MB kept, ${(bytes(true) / 1e6).toFixed(0)} MB computed again`)
    expect(bytes(true)).toBeLessThan(0.2 * bytes(false))
  })

  test('measured, 6 layers of 256, 8 x 128 tokens at once: less than half', async () => {
    const config = { ...BENCHED, hiddenSize: 256, intermediateSize: 688, layerCount: 6, headCount: 4, keyValueHeadCount: 4 }
    const order = { config, batch: 8, promptTokens: 64, completionTokens: 64 }
    const kept = await runBytes({ ...order, isCheckpointed: false })
    const again = await runBytes({ ...order, isCheckpointed: true })
    console.log(`a run takes ${(kept / 1e6).toFixed(0)} MB, computing again ${(again / 1e6).toFixed(0)} MB`)
    expect(again).toBeLessThan(0.5 * kept)
  })
})

async function runBytes(order: TrainPeakOrder): Promise<number> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [join(REPOSITORY, 'test/support/train-peak.ts'), JSON.stringify(order)],
    // As trainers are started: see launch/trainer-process.ts.
    { env: { ...process.env, MALLOC_ARENA_MAX: '1' } },
  )
  return (JSON.parse(stdout) as { runBytes: number }).runBytes
}
