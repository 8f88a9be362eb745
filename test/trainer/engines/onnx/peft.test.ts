import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { temporaryFolder } from '#test/support/temporary-folder'
import { writeTinyFolder } from '#test/support/tiny-folder'
import { aModelState, TINY_CONFIG, TINY_SETTINGS } from '#test/support/tiny-llama'
import { createOnnxEngine, type OnnxEngine } from '#trainer/engines/onnx/onnx-engine'
import { readPeftAdapter, writePeftAdapter } from '#trainer/engines/onnx/peft'
import { writeTensors, type StoredType } from '#trainer/engines/onnx/safetensors-writer'
import type { Tensor, Tensors } from '#trainer/engines/onnx/model/weights'
import { Failure } from '#contract/failure'

const LORA = { rank: 4, alpha: 8, dropout: 0 }
const Q = 'model.layers.1.self_attn.q_proj'
const SEQUENCES = [{ promptTokens: [1, 5, 9], completionTokens: [3, 7, 0] }]

/** A and B of one layer, [4, 16] and [16, 4], every number another one that a bfloat16 can hold. */
function pair(layer = Q): Tensors {
  const tensor = (shape: number[], sign: number): Tensor => ({
    shape,
    data: Float32Array.from({ length: 64 }, (_, i) => (sign * i) / 64),
  })
  return new Map([
    [`base_model.model.${layer}.lora_A.weight`, tensor([4, 16], 1)],
    [`base_model.model.${layer}.lora_B.weight`, tensor([16, 4], -1)],
  ])
}

interface Foreign {
  readonly settings?: Readonly<Record<string, unknown>>
  readonly tensors?: Tensors | null
  readonly stored?: StoredType
}

/** A folder as PEFT's save_pretrained writes it, of q_proj in one layer. */
function aForeignAdapter({ settings = {}, tensors = pair(), stored = 'F32' }: Foreign = {}): string {
  const folder = temporaryFolder()
  const plain = {
    peft_type: 'LORA',
    r: 4,
    lora_alpha: 8,
    target_modules: ['q_proj'],
    bias: 'none',
    base_model_name_or_path: 'some/base',
  }
  writeFileSync(join(folder, 'adapter_config.json'), JSON.stringify({ ...plain, ...settings }))
  if (tensors !== null) writeTensors(join(folder, 'adapter_model.safetensors'), tensors, stored)
  return folder
}

function refusal(folder: string): string {
  try {
    readPeftAdapter(folder, TINY_CONFIG)
  } catch (error) {
    expect(error).toBeInstanceOf(Failure)
    return (error as Failure).sentence.replace(folder, 'F')
  }
  return 'it was read'
}

describe('an adapter in PEFT’s format', () => {
  test('that was written is read as it was', () => {
    const folder = temporaryFolder()
    const adapter = new Map([...aModelState(LORA, false).trained])
    writePeftAdapter(folder, adapter, { lora: LORA, base: 'some/base' })
    const read = readPeftAdapter(folder, TINY_CONFIG)
    expect(read.lora).toEqual({ rank: 4, alpha: 8 })
    expect([...read.tensors].sort()).toEqual([...adapter].sort())
  })

  test('of one layer leaves all others as they are', () => {
    const { tensors } = readPeftAdapter(aForeignAdapter(), TINY_CONFIG)
    expect(tensors.size).toBe(2 * 7 * 2)
    for (const [name, { data }] of tensors) {
      if (name.endsWith('lora_B.weight'))
        expect(
          data.some((value) => value !== 0),
          name,
        ).toBe(name.startsWith(Q))
    }
    expect(tensors.get(`${Q}.lora_A.weight`)!.data).toEqual(pair().get(`base_model.model.${Q}.lora_A.weight`)!.data)
  })

  test.each([
    ['a list of modules', { target_modules: ['q_proj', 'v_proj'] }],
    ['"all-linear"', { target_modules: 'all-linear' }],
    ['a pattern', { target_modules: '.*\\.layers\\.1\\..*q_proj' }],
    ['one layer', { layers_to_transform: [1], layers_pattern: 'layers' }],
    ['another way to begin', { init_lora_weights: 'gaussian' }],
    [
      'empty patterns and what only training reads',
      { rank_pattern: {}, alpha_pattern: {}, modules_to_save: null, lora_dropout: 0.1 },
    ],
  ])('may name its layers and its beginnings as PEFT does: %s', (_, settings) => {
    expect(refusal(aForeignAdapter({ settings }))).toBe('it was read')
  })

  test('that is rank-stabilised is scaled by alpha / √rank', () => {
    // 8 / √4 = 4 = 16 / 4.
    expect(readPeftAdapter(aForeignAdapter({ settings: { use_rslora: true } }), TINY_CONFIG).lora).toEqual({ rank: 4, alpha: 16 })
  })

  test.each(['F32', 'F16', 'BF16'] as const)('is read from %s', (stored) => {
    const { tensors } = readPeftAdapter(aForeignAdapter({ stored }), TINY_CONFIG)
    expect(tensors.get(`${Q}.lora_B.weight`)!.data).toEqual(pair().get(`base_model.model.${Q}.lora_B.weight`)!.data)
  })

  test.each([
    [{ use_dora: true }, 'use_dora is set, which is not supported'],
    [{ bias: 'lora_only' }, 'bias "lora_only" is not supported'],
    [{ lora_bias: true }, 'lora_bias is set'],
    [{ modules_to_save: ['lm_head'] }, 'modules_to_save is set'],
    [{ rank_pattern: { q_proj: 8 } }, 'rank_pattern is set'],
    [{ alpha_pattern: { q_proj: 8 } }, 'alpha_pattern is set'],
    [{ target_parameters: ['mlp.experts'] }, 'target_parameters is set'],
    [{ layer_replication: [[0, 1]] }, 'layer_replication is set'],
    [{ init_lora_weights: 'pissa_niter_4' }, 'init_lora_weights "pissa_niter_4" is not supported'],
    [{ target_modules: ['q_proj', 'lm_head'] }, 'it adapts lm_head, which this engine does not'],
    [{ target_modules: ['model.embed_tokens'] }, 'it adapts embed_tokens, which this engine does not'],
    [{ peft_type: 'LOHA' }, 'peft_type "LOHA" is not supported'],
  ])('that would be another model here is refused, with the way to merge it: %j', (settings, problem) => {
    expect(refusal(aForeignAdapter({ settings }))).toMatch(
      new RegExp(`^The adapter in F cannot be used: ${problem}.*merge_and_unload`),
    )
  })

  test('that does not fit the model names the tensor and the base that it was made for', () => {
    const wide = new Map([...pair()].map(([name, { data }]) => [name, { shape: name.includes('_A') ? [2, 32] : [32, 2], data }]))
    expect(refusal(aForeignAdapter({ tensors: wide, settings: { r: 2 } }))).toBe(
      `The adapter in F cannot be used: ${Q}.lora_A.weight is [2,32], and the model with rank 2 needs [2,16]. Use it with the model that it was trained on: some/base.`,
    )
    expect(refusal(aForeignAdapter({ tensors: pair('model.layers.2.self_attn.q_proj') }))).toContain(
      'it adapts layer 2, and the model has 2.',
    )
    expect(refusal(aForeignAdapter({ tensors: pair('lm_head') }))).toContain(
      'it adapts lm_head.lora_A.weight, which this engine does not.',
    )
  })

  test('of which a part is missing is refused', () => {
    expect(refusal(temporaryFolder())).toContain(
      'it has no adapter_config.json. Name a folder that PEFT’s `save_pretrained` wrote',
    )
    expect(refusal(aForeignAdapter({ tensors: null }))).toContain('it has no adapter_model.safetensors')
    expect(refusal(aForeignAdapter({ tensors: new Map() }))).toContain('adapter_model.safetensors is empty')
    expect(refusal(aForeignAdapter({ tensors: new Map([...pair()].slice(0, 1)) }))).toContain(
      'lora_A.weight without its other half',
    )
    expect(refusal(aForeignAdapter({ settings: { r: 'four' } }))).toContain('adapter_config.json: r: ')
  })

  test('that is pickled is never opened; how to convert it is said', () => {
    const folder = aForeignAdapter({ tensors: null })
    writeFileSync(join(folder, 'adapter_model.bin'), 'no pickle at all')
    expect(refusal(folder)).toMatch(/adapter_model.bin is pickled.*save_pretrained\(folder, safe_serialization=True\)/)
  })
})

describe('an adapter from elsewhere in the engine', () => {
  const base = (): string => writeTinyFolder(join(temporaryFolder(), 'model'))
  const engineOf = (modelFolder: string, alpha: number, rank = 4): OnnxEngine =>
    createOnnxEngine({ ...TINY_SETTINGS, modelFolder, hasValueHead: false, lora: { rank, alpha, dropout: 0 } })
  const logprobs = async (engine: OnnxEngine): Promise<number[]> => [...(await engine.logprobs(SEQUENCES, 'current', 1))[0]!]

  test('means the same whatever alpha the run has', async () => {
    const folder = aForeignAdapter()
    const model = base()
    const [same, other, untouched] = [engineOf(model, 8), engineOf(model, 2), engineOf(model, 8)]
    await same.load(folder)
    await other.load(folder)
    const [expected, found, before] = [await logprobs(same), await logprobs(other), await logprobs(untouched)]
    found.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 5))
    expect(expected).not.toEqual(before)
  })

  test('begins with a fresh optimizer', async () => {
    const saved = join(temporaryFolder(), 'saved')
    const engine = engineOf(base(), 8)
    const minibatch = {
      sequences: SEQUENCES.map((sequence) => ({
        ...sequence,
        oldLogprobs: new Float32Array(3),
        refLogprobs: new Float32Array(3),
        advantages: new Float32Array(3),
        returns: new Float32Array(3),
        oldValues: new Float32Array(3),
        weight: 1,
      })),
    }
    const learn = { kind: 'supervised', learningRate: 0.01, valueLearningRate: 0 } as const
    const stop = new AbortController().signal
    const foreign = aForeignAdapter()
    const after = async (): Promise<number[]> => {
      await engine.load(foreign)
      await engine.update(minibatch, learn, stop)
      return logprobs(engine)
    }
    const first = await after()
    // Momentum of the first update would move the second one further.
    expect(await after()).toEqual(first)
    mkdirSync(saved)
    await engine.save(saved)
    await engine.load(saved)
    expect(await logprobs(engine)).toEqual(first)
  })

  test('of another rank than the run’s is refused with the setting to change', async () => {
    await expect(engineOf(base(), 8, 6).load(aForeignAdapter())).rejects.toMatchObject({
      message: expect.stringContaining("its rank is 4, and this run's is 6"),
      remedy: 'Set lora.rank to 4.',
    })
  })
})
