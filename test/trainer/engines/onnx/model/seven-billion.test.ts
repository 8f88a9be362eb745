/** The published 7B model, by its shapes alone. */
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { REPOSITORY } from '#test/support/run-builders'
import { parseModelConfig } from '#trainer/engines/onnx/model/config'
import { elementCount, initialAdapter, parameterCount } from '#trainer/engines/onnx/model/weights'
import { readPresets } from '#workbench/presets'

/** config.json of deepseek-coder-7b-instruct-v1.5, as far as it says shapes. */
const PUBLISHED = {
  architectures: ['LlamaForCausalLM'],
  model_type: 'llama',
  hidden_act: 'silu',
  hidden_size: 4096,
  intermediate_size: 11008,
  max_position_embeddings: 4096,
  num_attention_heads: 32,
  num_hidden_layers: 30,
  num_key_value_heads: 32,
  rms_norm_eps: 1e-6,
  rope_theta: 10000,
  tie_word_embeddings: false,
  vocab_size: 102400,
  bos_token_id: 100000,
  eos_token_id: 100015,
}

describe('deepseek-coder-7b-instruct-v1.5', () => {
  test('has 6.91 billion parameters, of which the adapter of the 7B presets adds 0.54 %', () => {
    const config = parseModelConfig(JSON.stringify(PUBLISHED), 'published')
    expect(parameterCount(config)).toBe(6_910_365_696)
    const presets = readPresets(join(REPOSITORY, 'resources')).filter(({ name }) => name.includes('7b'))
    const ranks = new Set(presets.map((preset) => preset.config.lora?.rank))
    expect(ranks).toEqual(new Set([16]))
    const trained = elementCount(initialAdapter(config, 16, 1))
    expect(trained).toBe(37_478_400)
    expect((100 * trained) / (parameterCount(config) + trained)).toBeCloseTo(0.54, 2)
  })
})
