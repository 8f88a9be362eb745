import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { createOnnxEngine } from '#trainer/engines/onnx/onnx-engine'
import { corpusBatches } from '#trainer/starter/batches'
import { buildModel, learningRateAt, TRAINING } from '#trainer/starter/build-model'
import { CORPUS_KNOBS } from '#trainer/starter/corpus'
import { FAMILIES } from '#trainer/starter/families/families'
import { draftTask } from '#trainer/starter/generate-tasks'
import { loadTokenizer } from '#trainer/tokenizer/tokenizer'

const folder = mkdtempSync(join(tmpdir(), 'veritune-starter-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const modelFolder = join(folder, 'model')
const task = draftTask(FAMILIES[0]!, FAMILIES[0]!.combinations[0]!, 'validation', 1)
const build = (minutes: number): Promise<unknown> =>
  buildModel({ seed: 5, minutes, threads: 1, modelFolder, workFolder: join(folder, 'work'), validationTasks: [task] })
const record = (): { steps: number; examples: number; lossCurve: unknown[] } =>
  JSON.parse(readFileSync(join(modelFolder, 'training.json'), 'utf8'))

describe('the starter build', () => {
  test('the learning rate rises over the warm-up and falls to its last share', () => {
    expect(learningRateAt(0, 0)).toBeCloseTo(TRAINING.learningRate / TRAINING.warmUpSteps, 10)
    expect(learningRateAt(100, 0)).toBeCloseTo(TRAINING.learningRate, 10)
    expect(learningRateAt(100, 1)).toBeCloseTo(TRAINING.learningRate * TRAINING.lastRate, 10)
  })

  test('it writes a folder that the engine loads, and goes on from its checkpoint', async () => {
    await build(0.02)
    const first = record()
    await build(0.12)
    const second = record()
    expect(first.steps).toBeGreaterThan(0)
    expect(second.steps).toBeGreaterThan(first.steps)
    expect(second.examples).toBeGreaterThan(first.examples)
    expect(statSync(join(modelFolder, 'model.safetensors')).size).toBeLessThan(16 * 2 ** 20)
    const engine = createOnnxEngine({
      modelFolder,
      lora: null,
      hasValueHead: false,
      optimizer: TRAINING.optimizer,
      microbatchSize: 8,
      seed: 1,
      threads: 1,
    })
    expect(engine.info.parameterCount).toBeGreaterThan(3e6)
    await engine.close()
  }, 60_000)

  test('a minibatch holds sequences of one padded length that fill its size', () => {
    const tokenizer = loadTokenizer(modelFolder)
    const batches = corpusBatches(tokenizer, 1, 0, 2048)
    for (let i = 0; i < 10; i++) {
      const { sequences } = batches.next(CORPUS_KNOBS)
      const lengths = sequences.map(
        ({ promptTokens, completionTokens }) => Math.ceil((promptTokens.length + completionTokens.length) / 64) * 64,
      )
      expect(new Set(lengths).size).toBe(1)
      expect(sequences.length % 8).toBe(0)
      expect(sequences.length * lengths[0]!).toBeGreaterThan(1400)
      expect(sequences.length * lengths[0]!).toBeLessThanOrEqual(2048)
      for (const { completionTokens } of sequences) expect(completionTokens.at(-1)).toBe(tokenizer.endTokens[0])
    }
  })
})
