/** A model folder and a checkpoint whose adapter (or weights) differ from their beginning, and what the engine makes of them. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { EngineSettings } from '#trainer/engines/engine'
import { createOnnxEngine, type OnnxEngine } from '#trainer/engines/onnx/onnx-engine'
import { temporaryFolder } from '#test/support/temporary-folder'
import { writeTinyFolder } from '#test/support/tiny-folder'
import { TINY_SETTINGS } from '#test/support/tiny-llama'

export interface TrainedRun {
  readonly modelFolder: string
  readonly checkpoint: string
  readonly engine: OnnxEngine
}

export const TOKENS = [1, 5, 9, 3, 7, 20, 11]

/** Supervised steps with a rate that moves every matrix visibly. */
export async function aTrainedRun(lora: EngineSettings['lora'], steps = 10): Promise<TrainedRun> {
  const modelFolder = writeTinyFolder(join(temporaryFolder(), 'model'))
  const checkpoint = join(temporaryFolder(), 'checkpoint')
  const engine = createOnnxEngine({ ...TINY_SETTINGS, modelFolder, hasValueHead: false, lora })
  const empty = (): Float32Array => new Float32Array(4)
  const sequence = { promptTokens: [1, 5, 9], completionTokens: [3, 7, 20, 0], weight: 1 }
  const rest = { oldLogprobs: empty(), refLogprobs: empty(), advantages: empty(), returns: empty(), oldValues: empty() }
  const objective = { kind: 'supervised', learningRate: 0.03, valueLearningRate: 0 } as const
  for (let step = 0; step < steps; step++) {
    await engine.update({ sequences: [{ ...sequence, ...rest }] }, objective, new AbortController().signal)
  }
  mkdirSync(checkpoint)
  await engine.save(checkpoint)
  return { modelFolder, checkpoint, engine }
}

/** [positions][vocabulary] log-probs after each of TOKENS, asked of the engine token by token. */
export async function everyLogprob(engine: OnnxEngine, vocabularySize: number): Promise<number[][]> {
  const sequences = TOKENS.flatMap((_, i) =>
    Array.from({ length: vocabularySize }, (_, token) => ({ promptTokens: TOKENS.slice(0, i + 1), completionTokens: [token] })),
  )
  const logprobs = await engine.logprobs(sequences, 'current', 1)
  return TOKENS.map((_, i) => logprobs.slice(i * vocabularySize, (i + 1) * vocabularySize).map(([value]) => value!))
}

export function largestDifference(a: readonly (readonly number[])[], b: readonly (readonly number[])[]): number {
  return Math.max(...a.flatMap((row, i) => row.map((value, j) => Math.abs(value - b[i]![j]!))))
}
