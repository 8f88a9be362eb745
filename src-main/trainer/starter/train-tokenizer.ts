/** Corpus -> the tokenizer files of a Hugging Face model folder. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { corpusExample, type CorpusKnobs } from './corpus.ts'
import { learnBytePairs } from './byte-pairs.ts'

/** Ids 0, 1, 2 … in this order. */
export const SPECIAL_TOKENS = ['<|pad|>', '<|begin|>', '<|end|>', '<|user|>', '<|assistant|>'] as const
export const SPECIAL_IDS = { pad: 0, bos: 1, eos: 2 } as const

/** Whole words, single digits (numbers stay readable place by place), runs of punctuation, line breaks with their indentation. */
const SPLIT = '</?reason>\\n?|```(?:verilog)?\\n?| ?[A-Za-z_]+| ?[0-9]| ?[^\\sA-Za-z0-9_]+|\\n *|\\s'

export const CHAT_TEMPLATE = `{#- The system message is left out: this model was trained on one answer grammar and needs no telling. -#}
{%- for message in messages -%}
{%- if message.role == 'user' -%}{{ '<|user|>' + message.content }}{%- endif -%}
{%- if message.role == 'assistant' -%}{{ '<|assistant|>' + message.content + '<|end|>' }}{%- endif -%}
{%- endfor -%}
{%- if add_generation_prompt -%}{{ '<|assistant|>' }}{%- endif -%}`

export interface TokenizerSettings {
  readonly seed: number
  readonly exampleCount: number
  readonly maxTokens: number
  readonly minCount: number
}

export const TOKENIZER_SETTINGS: TokenizerSettings = { seed: 1, exampleCount: 6000, maxTokens: 1024, minCount: 4 }

/** Writes tokenizer.json, tokenizer_config.json and chat_template.jinja into an existing folder; answers the vocabulary's size. */
export function trainTokenizer(folder: string, settings: TokenizerSettings, knobs: CorpusKnobs): number {
  const pairs = learnBytePairs(countWords(settings, knobs), settings.maxTokens - SPECIAL_TOKENS.length, settings.minCount)
  const vocabulary = Object.fromEntries([...SPECIAL_TOKENS, ...pairs.tokens].map((token, id) => [token, id]))
  const write = (file: string, content: object): void =>
    writeFileSync(join(folder, file), `${JSON.stringify(content, null, 1)}\n`)
  write('tokenizer.json', tokenizerJson(vocabulary, pairs.merges))
  write('tokenizer_config.json', {
    tokenizer_class: 'PreTrainedTokenizerFast',
    bos_token: '<|begin|>',
    eos_token: '<|end|>',
    pad_token: '<|pad|>',
    add_bos_token: false,
    add_eos_token: false,
    clean_up_tokenization_spaces: false,
    model_max_length: 512,
  })
  writeFileSync(join(folder, 'chat_template.jinja'), CHAT_TEMPLATE)
  return Object.keys(vocabulary).length
}

function countWords({ seed, exampleCount }: TokenizerSettings, knobs: CorpusKnobs): Map<string, number> {
  const words = new Map<string, number>()
  const pattern = new RegExp(SPLIT, 'gu')
  for (let i = 0; i < exampleCount; i++) {
    const { instruction, completion } = corpusExample(seed, i, knobs)
    for (const text of [instruction, completion]) {
      for (const [word] of text.matchAll(pattern)) words.set(word, (words.get(word) ?? 0) + 1)
    }
  }
  return words
}

function tokenizerJson(vocabulary: Record<string, number>, merges: readonly (readonly [string, string])[]): object {
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: SPECIAL_TOKENS.map((content, id) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: null,
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Split', pattern: { Regex: SPLIT }, behavior: 'Isolated', invert: false },
        { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: false },
      ],
    },
    post_processor: null,
    decoder: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: false },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: vocabulary,
      merges,
    },
  }
}
