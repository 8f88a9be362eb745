/** A base in 4 bits under PyTorch: what samples is what trains, and the adapter is anybody's. */
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { aMinibatch } from '#test/support/a-minibatch'
import { missingModules } from '#test/support/python'
import { REPOSITORY } from '#test/support/run-builders'
import { temporaryFolder } from '#test/support/temporary-folder'
import { openTorch, TORCH_SETTINGS } from '#test/support/torch-engine'
import type { Engine, EngineSettings, GenerateEvent } from '#trainer/engines/engine'
import { createOnnxEngine } from '#trainer/engines/onnx/onnx-engine'
import { createTorchEngine } from '#trainer/engines/torch/torch-engine'
import type { Objective } from '#trainer/flow'

const NEVER = new AbortController().signal
const MISSING = missingModules('torch', 'transformers', 'safetensors', 'numpy', 'bitsandbytes')
const SETTINGS: EngineSettings = {
  ...TORCH_SETTINGS,
  modelFolder: join(REPOSITORY, 'resources/starter/model'),
  lora: { rank: 8, alpha: 16, dropout: 0 },
  hasValueHead: false,
}
const SMALL = { device: 'cpu', precision: 'float32', quantization: 'nf4' } as const
const WHOLE = { device: 'cpu', precision: 'float32' } as const
const SUPERVISED: Objective = { kind: 'supervised', learningRate: 1e-2, valueLearningRate: 0 }

async function completions(engine: Engine): Promise<GenerateEvent[]> {
  const events: GenerateEvent[] = []
  const sampling = { temperature: 1, topP: 1, topK: 0, maxCompletionTokens: 16, endTokens: [] }
  await engine.generate([{ prompt: [1, 5, 9, 13], seeds: [1, 2, 3] }], sampling, 'current', (event) => events.push(event), NEVER)
  return events
}

describe.skipIf(MISSING !== '')(`a base in 4 bits${MISSING === '' ? '' : ` (skipped: ${MISSING})`}`, () => {
  test('has the parameters of the whole one, says what it samples, and learns', async () => {
    const whole = await openTorch(SETTINGS)
    const small = await openTorch({ ...SETTINGS, torch: SMALL })
    expect(small.info).toEqual(whole.info)
    const events = await completions(small)
    const sequences = events.map(({ tokens }) => ({ promptTokens: [1, 5, 9, 13], completionTokens: tokens }))
    const said = await small.logprobs(sequences, 'current', 1)
    for (const [i, { oldLogprobs }] of events.entries())
      oldLogprobs.forEach((logprob, t) => expect(said[i]![t]).toBeCloseTo(logprob, 3))
    // The reference is the same base.
    expect(await small.logprobs(sequences, 'reference', 1)).toEqual(said)
    // It is another model than the whole one.
    const wholly = await whole.logprobs(sequences, 'reference', 1)
    expect(Math.max(...wholly.flatMap((each, i) => [...each].map((x, t) => Math.abs(x - said[i]![t]!))))).toBeGreaterThan(0.01)

    const zeros = new Float32Array(16)
    const rest = { oldLogprobs: zeros, refLogprobs: null, advantages: zeros, returns: null, oldValues: null, weight: 1 }
    const minibatch = { sequences: sequences.map((sequence) => ({ ...sequence, ...rest })) }
    const losses: number[] = []
    for (let i = 0; i < 5; i++) losses.push((await small.update(minibatch, SUPERVISED, NEVER)).loss)
    expect(losses.at(-1)!).toBeLessThan(losses[0]! - 0.5)

    const folder = temporaryFolder()
    await small.save(folder)
    const embedded = createOnnxEngine(SETTINGS)
    onTestFinished(() => embedded.close())
    await embedded.load(folder)
    const after = await small.logprobs(sequences, 'current', 1)
    await small.load(folder)
    expect(await small.logprobs(sequences, 'current', 1)).toEqual(after)
  }, 120_000)

  test('learns with moments in 8 bits as with whole ones, which a checkpoint keeps', async () => {
    const [wanted, found] = [
      await openTorch(SETTINGS),
      await openTorch({ ...SETTINGS, torch: { ...WHOLE, optimizer: 'adamw8bit' } }),
    ]
    const minibatch = aMinibatch()
    for (let i = 0; i < 8; i++) {
      const { loss } = await wanted.update(minibatch, SUPERVISED, NEVER)
      expect((await found.update(minibatch, SUPERVISED, NEVER)).loss / loss).toBeCloseTo(1, 1)
    }
    const sequences = minibatch.sequences
    expect(await found.logprobs(sequences, 'current', 1)).not.toEqual(await wanted.logprobs(sequences, 'current', 1))
    const folder = temporaryFolder()
    await found.save(folder)
    const next = await found.update(minibatch, SUPERVISED, NEVER)
    await found.update(minibatch, SUPERVISED, NEVER)
    await found.load(folder)
    expect(await found.update(minibatch, SUPERVISED, NEVER)).toEqual(next)
  }, 120_000)

  test('needs an adapter', async () => {
    const opened = createTorchEngine({ ...SETTINGS, lora: null, torch: SMALL })
    await expect(opened).rejects.toMatchObject({ code: 'config.invalid', facts: { field: 'torch.quantization' } })
  })
})
