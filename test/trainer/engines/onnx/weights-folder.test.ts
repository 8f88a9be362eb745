import { mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { Failure } from '#contract/failure'
import { singles, writeStored } from '#test/support/stored-tensors'
import { temporaryFolder } from '#test/support/temporary-folder'
import { aModelState, TINY_CONFIG } from '#test/support/tiny-llama'
import type { ModelConfig } from '#trainer/engines/onnx/model/config'
import type { Tensors } from '#trainer/engines/onnx/model/weights'
import { writeTensors } from '#trainer/engines/onnx/safetensors-writer'
import { findWeights, openWeights, readWeights } from '#trainer/engines/onnx/weights-folder'

const WHOLE = 'model.safetensors'
const INDEX = 'model.safetensors.index.json'
const shardName = (i: number, count: number): string => `model-0000${i + 1}-of-0000${count}.safetensors`
const weights = (): Tensors => aModelState(null, false).weights

function folderOf(tensors: Tensors): string {
  const folder = temporaryFolder()
  writeTensors(join(folder, WHOLE), tensors)
  return folder
}

/** The tiny model in three shards. */
function shardedFolder(): string {
  const folder = temporaryFolder()
  const names = [...weights().keys()]
  for (let i = 0; i < 3; i++) {
    writeTensors(join(folder, shardName(i, 3)), new Map([...weights()].filter(([name]) => names.indexOf(name) % 3 === i)))
  }
  writeIndex(folder, Object.fromEntries(names.map((name, i) => [name, shardName(i % 3, 3)])))
  return folder
}

const writeIndex = (folder: string, map: Record<string, string>): void =>
  writeFileSync(join(folder, INDEX), JSON.stringify({ metadata: {}, weight_map: map }))

function refusal(folder: string, config: ModelConfig = TINY_CONFIG): string {
  try {
    readWeights(folder, config)
  } catch (error) {
    expect(error).toBeInstanceOf(Failure)
    return (error as Failure).sentence
  }
  throw new Error('it was read')
}

const changed = (name: string, data: number[], shape: number[]): Tensors =>
  weights().set(name, { shape, data: Float32Array.from(data) })

describe('the weights of a folder', () => {
  test('are the same from one file and from three', () => {
    const expected = weights()
    expect(findWeights(shardedFolder())).toEqual({ files: [0, 1, 2].map((i) => shardName(i, 3)), index: INDEX })
    for (const folder of [folderOf(weights()), shardedFolder()]) {
      const read = readWeights(folder, TINY_CONFIG)
      expect([...read.keys()].sort()).toEqual([...expected.keys()].sort())
      for (const [name, tensor] of expected) expect(read.get(name)).toEqual(tensor)
    }
  })

  test('can be had one by one', () => {
    const opened = openWeights(shardedFolder(), TINY_CONFIG)
    try {
      expect(opened.tensors.get('model.norm.weight')).toMatchObject({ dtype: 'F32', shape: [16] })
      expect(opened.read('model.norm.weight')).toEqual(weights().get('model.norm.weight')!.data)
    } finally {
      opened.close()
    }
  })

  test('leave out what the model does not use: a tied output, tables of positions', () => {
    const extra = weights().set('model.layers.0.self_attn.rotary_emb.inv_freq', { shape: [1], data: Float32Array.of(1) })
    const tied = readWeights(folderOf(extra), { ...TINY_CONFIG, isTied: true })
    expect(tied.has('lm_head.weight')).toBe(false)
    expect([...tied.keys()].filter((name) => name.includes('rotary'))).toEqual([])
  })

  test('may lie behind links, as a download cache keeps them', () => {
    const [folder, cache] = [temporaryFolder(), folderOf(weights())]
    symlinkSync(join(cache, WHOLE), join(folder, WHOLE))
    expect(readWeights(folder, TINY_CONFIG).size).toBe(weights().size)
  })
})

describe('a folder is refused in a sentence', () => {
  test('when a shard is missing, cut off, or elsewhere', () => {
    const missing = shardedFolder()
    rmSync(join(missing, shardName(1, 3)))
    expect(refusal(missing)).toContain(`has no ${shardName(1, 3)}, which ${INDEX} names`)
    const cut = shardedFolder()
    truncateSync(join(cut, shardName(2, 3)), 2_000)
    expect(refusal(cut)).toMatch(new RegExp(`${shardName(2, 3)}: it(s header)? is`))
    for (const path of ['../model.safetensors', '/etc/passwd', 'sub/model.safetensors', '..', 'C:\\model.safetensors']) {
      const escaping = shardedFolder()
      writeIndex(escaping, { 'lm_head.weight': path })
      expect(refusal(escaping)).toContain(`names "${path}", which is no file of the folder`)
    }
    const odd = shardedFolder()
    writeFileSync(join(odd, INDEX), '[1]')
    expect(refusal(odd)).toContain(`${INDEX} is no index of shards`)
  })

  test('when a weight is no number, with its name and place', () => {
    const flawed = weights()
    flawed.get('model.layers.1.mlp.up_proj.weight')!.data[37] = NaN
    // Row 2, column 5 of [24, 16].
    expect(refusal(folderOf(flawed))).toContain(
      `${WHOLE}: tensor model.layers.1.mlp.up_proj.weight holds NaN at place [2, 5]. Get the file again.`,
    )
  })

  test.each([
    ['model.embed_tokens.weight', { vocabularySize: 25 }, 'vocab_size'],
    ['model.embed_tokens.weight', { hiddenSize: 18 }, 'hidden_size'],
    ['model.layers.0.self_attn.q_proj.weight', { headCount: 2 }, 'num_attention_heads or head_dim'],
    ['model.layers.0.self_attn.k_proj.weight', { keyValueHeadCount: 1 }, 'num_key_value_heads or head_dim'],
    ['model.layers.0.mlp.gate_proj.weight', { intermediateSize: 20 }, 'intermediate_size'],
  ] as const)('when %s has another shape, with the field that disagrees', (name, change, field) => {
    expect(refusal(folderOf(weights()), { ...TINY_CONFIG, ...change })).toMatch(
      new RegExp(`${name} is \\[.*\\], not \\[.*\\]: ${field} in config.json`),
    )
  })

  test('when a tensor is missing, or stands where the model has no place', () => {
    const [without, withMore] = [weights(), changed('model.layers.0.self_attn.q_norm.weight', [1], [1])]
    without.delete('lm_head.weight')
    expect(refusal(folderOf(without))).toContain(
      'have no tensor lm_head.weight, and config.json does not say tie_word_embeddings',
    )
    expect(refusal(folderOf(withMore))).toContain(
      'its weights have model.layers.0.self_attn.q_norm.weight, for which a model of this config.json has no place',
    )
  })

  test('when a wanted weight has a type that is none of weights', () => {
    const folder = temporaryFolder()
    const stored = Object.fromEntries(
      [...weights()].map(([name, { shape, data }]) => [name, { dtype: 'F32', shape, bytes: singles(...data) }]),
    )
    const norm = { dtype: 'F8_E4M3', shape: [16], bytes: new Uint8Array(16) }
    writeStored(join(folder, WHOLE), { ...stored, 'model.norm.weight': norm })
    expect(refusal(folder)).toContain(
      'tensor model.norm.weight is stored as F8_E4M3. The embedded engine reads F32, F16 and BF16',
    )
  })

  test.each(['pytorch_model.bin', 'pytorch_model-00001-of-00002.bin', 'consolidated.00.pth', 'model.pt'])(
    'when all that it has is %s, with the way to convert it',
    (file) => {
      const folder = temporaryFolder()
      writeFileSync(join(folder, file), '')
      writeFileSync(join(folder, 'training_args.bin'), '')
      const said = refusal(folder)
      expect(said).toContain(`its weights are pickled (${file}); reading such a file can run any program`)
      expect(said).toContain(`save_pretrained("${folder}", safe_serialization=True)`)
    },
  )

  test('when it has a GGUF file, or nothing', () => {
    const folder = temporaryFolder()
    expect(refusal(folder)).toContain('has no config.json')
    writeFileSync(join(folder, 'config.json'), '{}')
    expect(refusal(folder)).toContain('has no model.safetensors')
    writeFileSync(join(folder, 'model.Q4_K_M.gguf'), '')
    expect(refusal(folder)).toContain('model.Q4_K_M.gguf is a file for inference with llama.cpp, which cannot be trained')
    mkdirSync(join(folder, 'nested'))
    expect(refusal(join(folder, 'nowhere'))).toContain('has no config.json')
  })
})
