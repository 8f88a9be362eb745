import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { Failure } from '#contract/failure'
import { createOnnxEngine } from '#trainer/engines/onnx/onnx-engine'
import { modelConfigJson, parseModelConfig, type ModelConfig } from '#trainer/engines/onnx/model/config'
import type { RopeScaling } from '#trainer/engines/onnx/model/rope'
import { weightShapes } from '#trainer/engines/onnx/model/weights'
import { temporaryFolder } from '#test/support/temporary-folder'
import { TINY_CONFIG, TINY_SETTINGS } from '#test/support/tiny-llama'

const TOKENS = { bos: 1, eos: 0, pad: 2 }
const LLAMA = modelConfigJson(TINY_CONFIG, TOKENS)
const QWEN2 = { ...LLAMA, architectures: ['Qwen2ForCausalLM'], model_type: 'qwen2' }

const parse = (fields: object): ModelConfig => parseModelConfig(JSON.stringify(fields), 'a/model')
const biasesOf = (config: ModelConfig): string[] =>
  [...weightShapes(config).keys()].filter((name) => name.startsWith('model.layers.0.') && name.endsWith('.bias'))

describe('a model folder’s config', () => {
  const scalings: RopeScaling[] = [
    { type: 'default' },
    { type: 'linear', factor: 4 },
    { type: 'dynamic', factor: 2 },
    { type: 'llama3', factor: 8, lowFrequencyFactor: 1, highFrequencyFactor: 4, originalPositions: 8192 },
    { type: 'yarn', factor: 4, originalPositions: 64, betaFast: 32, betaSlow: 1, isTruncated: false, attentionFactor: 1.1 },
  ]

  test.each(scalings)('what is written is read again, with $type RoPE', (ropeScaling) => {
    const attention = ['q_proj', 'k_proj', 'v_proj', 'o_proj']
    const families: Partial<ModelConfig>[] = [
      { family: 'llama', biasedLayers: attention },
      { family: 'llama', biasedLayers: ['gate_proj', 'up_proj', 'down_proj'] },
      { family: 'qwen2', biasedLayers: ['q_proj', 'k_proj', 'v_proj'] },
    ]
    for (const family of families) {
      const config = { ...TINY_CONFIG, ...family, ropeScaling, headSize: 6, isTied: true }
      expect(parse(modelConfigJson(config, TOKENS))).toEqual(config)
    }
  })

  test('a Qwen2 has biases of queries, keys and values, whatever its config says', () => {
    const at = 'model.layers.0.self_attn'
    expect(biasesOf(parse({ ...QWEN2, attention_bias: false }))).toEqual([
      `${at}.q_proj.bias`,
      `${at}.k_proj.bias`,
      `${at}.v_proj.bias`,
    ])
  })

  test('a Llama’s attention_bias is one of the output projection too', () => {
    expect(biasesOf(parse({ ...LLAMA, attention_bias: true }))).toContain('model.layers.0.self_attn.o_proj.bias')
    expect(biasesOf(parse({ ...LLAMA, attention_bias: true })).length).toBe(4)
    expect(biasesOf(parse({ ...LLAMA, mlp_bias: true })).length).toBe(3)
    expect(biasesOf(parse(LLAMA))).toEqual([])
  })

  test('a head may have another size than hidden / heads', () => {
    const shapes = weightShapes(parse({ ...LLAMA, head_dim: 10 }))
    expect(shapes.get('model.layers.0.self_attn.q_proj.weight')).toEqual([40, 16])
    expect(shapes.get('model.layers.0.self_attn.k_proj.weight')).toEqual([20, 16])
    expect(shapes.get('model.layers.0.self_attn.o_proj.weight')).toEqual([16, 40])
  })

  test.each([
    ['model_type "gpt2" is not supported', { model_type: 'gpt2' }],
    ['model_type "toString" is not supported', { ...LLAMA, model_type: 'toString' }],
    [
      'architecture "LlamaForSequenceClassification" is not supported',
      { ...LLAMA, architectures: ['LlamaForSequenceClassification'] },
    ],
    ['hidden_act "gelu" is not supported', { ...LLAMA, hidden_act: 'gelu' }],
    ['rope type "su" is not supported', { ...LLAMA, rope_scaling: { type: 'su' } }],
    ['use_sliding_window is not supported', { ...QWEN2, use_sliding_window: true }],
    ['partial_rotary_factor 0.25 is not supported', { ...LLAMA, partial_rotary_factor: 0.25 }],
    ['quantization_config (quantized weights) is not supported', { ...LLAMA, quantization_config: { quant_method: 'gptq' } }],
    ['must be an even integer', { ...LLAMA, head_dim: 5 }],
    ['num_attention_heads must be a multiple of num_key_value_heads', { ...LLAMA, num_key_value_heads: 3 }],
    ['config.json: vocab_size', { ...LLAMA, vocab_size: 'many' }],
  ])('refused by name: %s', (problem, fields) => {
    expect(problemOf(() => parse(fields))).toContain(problem)
  })

  test('what is not supported is said before any weights are read', () => {
    const modelFolder = join(temporaryFolder(), 'model')
    mkdirSync(modelFolder)
    writeFileSync(join(modelFolder, 'config.json'), JSON.stringify({ ...LLAMA, model_type: 'mamba' }))
    writeFileSync(join(modelFolder, 'model.safetensors'), 'no weights at all')
    expect(problemOf(() => createOnnxEngine({ ...TINY_SETTINGS, modelFolder }))).toContain('model_type "mamba"')
  })
})

function problemOf(act: () => unknown): string {
  try {
    act()
  } catch (error) {
    if (error instanceof Failure && error.code === 'model.invalid') return error.message
    throw error
  }
  return 'nothing was refused'
}
