/** The engine's folders in transformers and PEFT, and PEFT's in the engine: the same log-probs of every token at every place. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { REPOSITORY } from '#test/support/run-builders'
import { missingModules, runPython } from '#test/support/python'
import { temporaryFolder } from '#test/support/temporary-folder'
import { TINY_CONFIG, TINY_SETTINGS } from '#test/support/tiny-llama'
import { aTrainedRun, everyLogprob, largestDifference, TOKENS } from '#test/support/trained-run'
import { writeMergedModel } from '#trainer/engines/onnx/export/merged'
import { trainedWeights } from '#trainer/engines/onnx/export/trained-weights'
import { createOnnxEngine } from '#trainer/engines/onnx/onnx-engine'
import { readPeftAdapter } from '#trainer/engines/onnx/peft'

const PROGRAM = join(REPOSITORY, 'native/tests/interchange.py')
const BOUND = 1e-4

const reason = missingModules('torch', 'transformers', 'peft')

function python(...orders: readonly object[]): number[][][] {
  return runPython(PROGRAM, { orders: orders.map((order) => ({ tokens: TOKENS, ...order })) }) as number[][][]
}

describe.skipIf(reason !== '')(`interchange with PEFT and transformers${reason === '' ? '' : ` (skipped: ${reason})`}`, () => {
  test('a saved adapter and a merged model, whole and in shards, mean the same there', async () => {
    const { modelFolder, checkpoint, engine } = await aTrainedRun(TINY_SETTINGS.lora)
    const whole = join(temporaryFolder(), 'whole')
    const shards = join(temporaryFolder(), 'shards')
    for (const [folder, limit] of [
      [whole, {}],
      [shards, { shardBytes: 4000 }],
    ] as const) {
      mkdirSync(folder)
      const weights = trainedWeights(modelFolder, checkpoint, true)
      await writeMergedModel(folder, weights, { modelFolder, dtype: 'float32', ...limit })
      weights.close()
    }
    const ours = await everyLogprob(engine, TINY_CONFIG.vocabularySize)
    const [base, ...theirs] = python(
      { do: 'logprobs', model: modelFolder, adapter: null },
      { do: 'logprobs', model: modelFolder, adapter: checkpoint },
      { do: 'logprobs', model: whole, adapter: null },
      { do: 'logprobs', model: shards, adapter: null },
    )
    for (const there of theirs) expect(largestDifference(ours, there)).toBeLessThan(BOUND)
    expect(largestDifference(ours, base!)).toBeGreaterThan(0.1)
  })

  test('adapters that PEFT wrote mean the same here', async () => {
    const { modelFolder } = await aTrainedRun(TINY_SETTINGS.lora)
    const kinds = [
      { r: 3, lora_alpha: 5, target_modules: ['q_proj', 'down_proj'] },
      { r: 4, lora_alpha: 8, target_modules: 'all-linear', use_rslora: true },
      { r: 2, lora_alpha: 2, target_modules: ['v_proj', 'gate_proj'], layers_to_transform: [1] },
    ]
    const folders = kinds.map(() => join(temporaryFolder(), 'adapter'))
    const theirs = python(...kinds.map((settings, i) => ({ do: 'make-adapter', model: modelFolder, out: folders[i], settings })))
    for (const [i, folder] of folders.entries()) {
      const { lora } = readPeftAdapter(folder, TINY_CONFIG)
      const engine = createOnnxEngine({ ...TINY_SETTINGS, modelFolder, hasValueHead: false, lora: { ...lora, dropout: 0 } })
      await engine.load(folder)
      const ours = await everyLogprob(engine, TINY_CONFIG.vocabularySize)
      expect(largestDifference(ours, theirs[i]!), JSON.stringify(kinds[i])).toBeLessThan(BOUND)
    }
  })
})
