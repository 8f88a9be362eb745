import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as ort from 'onnxruntime-node'
import { describe, expect, test } from 'vitest'
import { GOLDEN_NAMES, readGolden } from '#test/support/golden-engine'
import { temporaryFolder } from '#test/support/temporary-folder'
import { TINY_CONFIG, TINY_SETTINGS } from '#test/support/tiny-llama'
import { aTrainedRun, everyLogprob, largestDifference, TOKENS, type TrainedRun } from '#test/support/trained-run'
import { writeMergedModel, type MergedOptions } from '#trainer/engines/onnx/export/merged'
import { writeOnnxModel } from '#trainer/engines/onnx/export/onnx-model'
import { trainedWeights } from '#trainer/engines/onnx/export/trained-weights'
import { createOnnxEngine } from '#trainer/engines/onnx/onnx-engine'

const VOCABULARY = TINY_CONFIG.vocabularySize

async function merged(run: TrainedRun, hasAdapter: boolean, options: Partial<MergedOptions> = {}): Promise<string> {
  const folder = join(temporaryFolder(), 'merged')
  mkdirSync(folder)
  const weights = trainedWeights(run.modelFolder, run.checkpoint, hasAdapter)
  await writeMergedModel(folder, weights, { modelFolder: run.modelFolder, dtype: 'float32', ...options })
  weights.close()
  return folder
}

function logprobsOf(modelFolder: string, vocabularySize = VOCABULARY): Promise<number[][]> {
  return everyLogprob(createOnnxEngine({ ...TINY_SETTINGS, modelFolder, hasValueHead: false, lora: null }), vocabularySize)
}

describe('a merged model', () => {
  test('is the base with its adapter', async () => {
    const run = await aTrainedRun(TINY_SETTINGS.lora)
    const trained = await everyLogprob(run.engine, VOCABULARY)
    expect(largestDifference(trained, await logprobsOf(await merged(run, true)))).toBeLessThan(1e-4)
    // Else the law would hold for a forgotten adapter.
    expect(largestDifference(trained, await logprobsOf(run.modelFolder))).toBeGreaterThan(0.1)
  })

  test('of a run that trained all weights is what it trained', async () => {
    const run = await aTrainedRun(null)
    expect(await logprobsOf(await merged(run, false))).toEqual(await everyLogprob(run.engine, VOCABULARY))
  })

  test('in shards is the same model, and no shard is above the limit', async () => {
    const run = await aTrainedRun(TINY_SETTINGS.lora)
    const folder = await merged(run, true, { shardBytes: 6000 })
    const shards = readdirSync(folder).filter((name) => /^model-0000\d-of-0000\d\.safetensors$/.test(name))
    expect(shards.length).toBeGreaterThan(2)
    for (const shard of shards) expect(tensorBytes(join(folder, shard))).toBeLessThanOrEqual(6000)
    expect(await logprobsOf(folder)).toEqual(await logprobsOf(await merged(run, true)))
  })

  test.each(['float16', 'bfloat16'] as const)('in %s says so and is close', async (dtype) => {
    const run = await aTrainedRun(TINY_SETTINGS.lora)
    const folder = await merged(run, true, { dtype })
    expect(JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8'))).toMatchObject({ torch_dtype: dtype, hidden_size: 16 })
    const difference = largestDifference(await logprobsOf(folder), await everyLogprob(run.engine, VOCABULARY))
    expect(difference).toBeGreaterThan(0)
    expect(difference).toBeLessThan(dtype === 'float16' ? 0.02 : 0.2)
  })

  test('brings tokenizer, template and licence, and nothing else of the base', async () => {
    const run = await aTrainedRun(TINY_SETTINGS.lora)
    const brought = ['LICENSE', 'chat_template.jinja', 'generation_config.json', 'tokenizer.json', 'tokenizer_config.json']
    for (const name of [...brought, 'training.json', 'pytorch_model.bin', 'README.md'])
      writeFileSync(join(run.modelFolder, name), name)
    expect(readdirSync(await merged(run, true)).sort()).toEqual([...brought, 'config.json', 'model.safetensors'].sort())
  })
})

describe('an ONNX graph', () => {
  test('runs by itself, wherever its folder is moved, with the engine’s logits', async () => {
    const run = await aTrainedRun(TINY_SETTINGS.lora)
    const trained = await everyLogprob(run.engine, VOCABULARY)
    const folder = await anOnnxFolder(run, TOKENS.length)
    rmSync(run.modelFolder, { recursive: true })
    const session = await ort.InferenceSession.create(join(folder, 'model.onnx'))
    expect([session.inputNames, session.outputNames]).toEqual([['input_ids'], ['logits']])
    expect(largestDifference(trained, await logSoftmax(session, TOKENS))).toBeLessThan(1e-4)
  })

  test('gives a shorter text the same logits, whatever it is padded with', async () => {
    const run = await aTrainedRun(TINY_SETTINGS.lora)
    const trained = await everyLogprob(run.engine, VOCABULARY)
    const session = await ort.InferenceSession.create(join(await anOnnxFolder(run, 16), 'model.onnx'))
    for (const padding of [0, 23]) {
      const padded = [...TOKENS, ...new Array<number>(16 - TOKENS.length).fill(padding)]
      expect(largestDifference(trained, (await logSoftmax(session, padded)).slice(0, TOKENS.length))).toBeLessThan(1e-4)
    }
  })

  test('longer than the model’s context is refused', async () => {
    const run = await aTrainedRun(TINY_SETTINGS.lora)
    await expect(anOnnxFolder(run, 129)).rejects.toThrow("The length 129 is beyond the model's context of 128 tokens.")
  })
})

describe.each(GOLDEN_NAMES)('exports of the kind %s', (name) => {
  test('are what the engine trains, merged and as a graph', async () => {
    const { modelFolder, lora } = readGolden(name)
    const checkpoint = lora === null ? modelFolder : join(modelFolder, '../adapter')
    const engine = createOnnxEngine({ ...TINY_SETTINGS, modelFolder, hasValueHead: false, lora })
    if (lora !== null) await engine.load(checkpoint)
    const { vocabularySize } = engine.info
    const trained = await everyLogprob(engine, vocabularySize)
    const run = { modelFolder, checkpoint, engine }
    expect(largestDifference(trained, await logprobsOf(await merged(run, lora !== null), vocabularySize))).toBeLessThan(1e-4)
    const session = await ort.InferenceSession.create(join(await anOnnxFolder(run, TOKENS.length, lora !== null), 'model.onnx'))
    expect(largestDifference(trained, await logSoftmax(session, TOKENS, vocabularySize))).toBeLessThan(1e-4)
  })
})

async function anOnnxFolder({ modelFolder, checkpoint }: TrainedRun, lengthTokens: number, hasAdapter = true): Promise<string> {
  const folder = join(temporaryFolder(), 'onnx')
  mkdirSync(folder)
  const weights = trainedWeights(modelFolder, checkpoint, hasAdapter)
  await writeOnnxModel(folder, weights, { modelFolder, lengthTokens })
  weights.close()
  return folder
}

/** [length][vocabulary] */
async function logSoftmax(
  session: ort.InferenceSession,
  tokens: readonly number[],
  vocabularySize = VOCABULARY,
): Promise<number[][]> {
  const ids = new ort.Tensor('int64', BigInt64Array.from(tokens, BigInt), [1, tokens.length])
  const { logits } = await session.run({ input_ids: ids })
  expect(logits!.dims).toEqual([1, tokens.length, vocabularySize])
  const flat = logits!.data as Float32Array
  return tokens.map((_, i) => {
    const row = [...flat.subarray(i * vocabularySize, (i + 1) * vocabularySize)]
    const total = Math.log(row.reduce((sum, value) => sum + Math.exp(value), 0))
    return row.map((value) => value - total)
  })
}

/** Bytes of a file's tensors: all that is not its header. */
function tensorBytes(file: string): number {
  const bytes = readFileSync(file)
  return bytes.length - 8 - Number(bytes.readBigUInt64LE())
}
