/** What is wrong with a model folder is said by name before anything of it is loaded. */
import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { ModelInspection } from '#contract/model-inspection'
import { inspectModel } from '#trainer/commands/inspect-model'
import { modelFolder } from '#trainer/commands/paths'
import { writeTensors } from '#trainer/engines/onnx/safetensors-writer'
import { aConfig } from '#test/support/run-builders'
import { temporaryFolder } from '#test/support/temporary-folder'

/** A copy of the starter's folder. */
function starterCopy(): string {
  const folder = join(temporaryFolder(), 'model')
  cpSync(modelFolder('starter'), folder, { recursive: true })
  return folder
}

const inspect = (model: string): Promise<ModelInspection> => inspectModel(aConfig({ model }))

function changeConfig(folder: string, changes: object): void {
  const file = join(folder, 'config.json')
  writeFileSync(file, JSON.stringify({ ...(JSON.parse(readFileSync(file, 'utf8')) as object), ...changes }))
}

async function problemsOf(spoil: (folder: string) => void): Promise<string> {
  const folder = starterCopy()
  spoil(folder)
  const { problems } = await inspect(folder)
  for (const { message, remedy } of problems) expect([message, remedy]).not.toContain('')
  return problems.map(({ message, remedy }) => `${message} ${remedy}`).join('\n')
}

describe('a model folder', () => {
  test('of the starter: architecture, parameters, type, context, tokenizer, template, and a run that fits', async () => {
    const inspection = await inspect('starter')
    expect(inspection).toMatchObject({
      architecture: 'LlamaForCausalLM',
      dtypes: ['F16'],
      contextLength: 512,
      tokenizer: { vocabularySize: 953 },
      hasChatTemplate: true,
      source: null,
      problems: [],
      advice: [],
    })
    // Two bytes a parameter, and a header.
    expect(inspection.shards[0]!.bytes).toBeGreaterThan(2 * inspection.parameterCount!)
    expect(inspection.memory).toMatchObject({ isPromptMeasured: true, fits: true })
  })

  test('is estimated for the storage of its base, and a storage that it cannot have is a problem', async () => {
    const bytesOf = async (baseStorage: 'float32' | 'int4'): Promise<number> =>
      (await inspectModel(aConfig({ model: 'starter', baseStorage }))).memory!.parts.find(({ term }) => term === 'weights')!.bytes
    expect(await bytesOf('int4')).toBeLessThan(0.5 * (await bytesOf('float32')))
    const { problems } = await inspectModel(aConfig({ model: 'starter', baseStorage: 'int4', lora: null }))
    expect(problems.map(({ message }) => message)).toEqual(['baseStorage is int4, in which all weights cannot be trained.'])
  })

  test('with weights in shards is the same model, and a shard that is missing is named', async () => {
    const folder = starterCopy()
    const weight_map = { first: 'model-00001-of-00002.safetensors', second: 'model-00002-of-00002.safetensors' }
    renameSync(join(folder, 'model.safetensors'), join(folder, weight_map.first))
    writeTensors(join(folder, weight_map.second), new Map([['second', { shape: [2], data: Float32Array.of(1, 2) }]]))
    writeFileSync(join(folder, 'model.safetensors.index.json'), JSON.stringify({ weight_map }))
    const whole = await inspect(folder)
    expect(whole).toMatchObject({ problems: [], dtypes: ['F16', 'F32'] })
    expect(whole.shards).toHaveLength(2)
    rmSync(join(folder, weight_map.second))
    const { problems } = await inspect(folder)
    expect(problems[0]!.message).toContain('has no model-00002-of-00002.safetensors')
  })

  test('that was downloaded says from where', async () => {
    const folder = starterCopy()
    const source = { origin: 'https://hub.example/acme/tiny', revision: 'a'.repeat(40), licence: 'mit' }
    writeFileSync(join(folder, 'source.json'), JSON.stringify({ ...source, files: {} }))
    expect((await inspect(folder)).source).toEqual(source)
  })

  test('without a config.json is no model folder', async () => {
    await expect(inspect(temporaryFolder())).rejects.toMatchObject({ code: 'model.missing-file' })
  })
})

describe('why a model cannot be trained', () => {
  test('another architecture: by name, with its parameters, and without a memory estimate', async () => {
    const folder = starterCopy()
    changeConfig(folder, { model_type: 'mamba', architectures: ['MambaForCausalLM'] })
    const { problems, architecture, memory, parameterCount } = await inspect(folder)
    expect(problems[0]!.message).toContain('model_type "mamba"')
    expect({ architecture, memory }).toEqual({ architecture: 'MambaForCausalLM', memory: null })
    expect(parameterCount).toBeGreaterThan(1e6)
  })

  test('pickled weights, with the way to convert them; and nothing but a gguf', async () => {
    const pickled = await problemsOf((folder) => renameSync(join(folder, 'model.safetensors'), join(folder, 'pytorch_model.bin')))
    expect(pickled).toContain('pickled (pytorch_model.bin)')
    expect(pickled).toContain('safe_serialization=True')
    expect(await problemsOf((folder) => renameSync(join(folder, 'model.safetensors'), join(folder, 'model.Q4.gguf')))).toContain(
      'model.Q4.gguf is a file for inference',
    )
  })

  test('a file that was cut off, and one that is no safetensors', async () => {
    expect(await problemsOf((folder) => truncateSync(join(folder, 'model.safetensors'), 1_000_000))).toContain(
      'model.safetensors',
    )
    expect(await problemsOf((folder) => writeFileSync(join(folder, 'model.safetensors'), 'hello, this is no header'))).toContain(
      'model.safetensors: its header is longer than the file',
    )
  })

  test('weights of another model than config.json: the tensor and both shapes', async () => {
    const said = await problemsOf((folder) => changeConfig(folder, { vocab_size: 1000 }))
    expect(said).toMatch(/model\.embed_tokens\.weight is \[\d+, \d+\], not \[1000, \d+\]/)
    const missing = await problemsOf((folder) => changeConfig(folder, { num_hidden_layers: 20 }))
    expect(missing).toMatch(/no tensor model\.layers\.\d+\./)
  })

  test('a missing tokenizer', async () => {
    expect(await problemsOf((folder) => rmSync(join(folder, 'tokenizer.json')))).toContain('tokenizer.json')
  })
})

test('above 500 million parameters the advice says what the embedded engine is meant for', async () => {
  const folder = join(temporaryFolder(), 'large')
  mkdirSync(folder)
  const shape = { vocab_size: 32_000, hidden_size: 2048, intermediate_size: 5504, num_hidden_layers: 24, num_attention_heads: 16 }
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ model_type: 'llama', max_position_embeddings: 4096, ...shape }))
  const { advice, parameterCount, memory } = await inspect(folder)
  // Embedding and head, and a layer of four square matrices and three of the inner size, with its norms.
  expect(parameterCount).toBe(2 * 32_000 * 2048 + 24 * (4 * 2048 ** 2 + 3 * 2048 * 5504 + 2 * 2048) + 2048)
  expect(advice.join()).toContain('meant for models up to about 500 M parameters on a CPU')
  expect(memory!.isPromptMeasured).toBe(false)
  expect(memory!.parts.find(({ term }) => term === 'weights')!.bytes).toBe(4 * parameterCount!)
})
