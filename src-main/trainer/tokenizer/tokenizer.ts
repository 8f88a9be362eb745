/** Text to token ids and back, and the chat template, from the files of a Hugging Face model folder. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Template } from '@huggingface/jinja'
import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers'
import { z } from 'zod'
import { Failure } from '#contract/failure'

export interface ChatMessage {
  readonly role: 'system' | 'user' | 'assistant'
  readonly content: string
}

export interface Tokenizer {
  encode(text: string): number[]
  /** Special tokens are left out; spaces stay as they are. */
  decode(tokens: readonly number[]): string
  /** The messages as the model was trained to read them, ready for its answer. */
  applyChatTemplate(messages: readonly ChatMessage[]): string
  /** Tokens that end a completion. */
  readonly endTokens: readonly number[]
  readonly vocabularySize: number
}

const tokenName = z
  .union([z.string(), z.object({ content: z.string() })])
  .transform((token) => (typeof token === 'string' ? token : token.content))
const configSchema = z.object({
  bos_token: tokenName.nullish(),
  eos_token: tokenName,
  chat_template: z.string().optional(),
})
const generationSchema = z.object({ eos_token_id: z.union([z.int(), z.array(z.int())]).optional() })

/** Throws Failure model.missing-file or model.invalid. */
export function loadTokenizer(folder: string): Tokenizer {
  const config = readJson(folder, 'tokenizer_config.json')
  const parsed = configSchema.safeParse(config)
  if (!parsed.success) throw invalid(folder, `tokenizer_config.json: ${z.prettifyError(parsed.error)}`)
  const source = readJson(folder, 'tokenizer.json')
  const tokenizer = new HuggingFaceTokenizer(source as object, config as object)
  const template = new Template(readTemplate(folder, parsed.data.chat_template))
  const { bos_token: bos, eos_token: eos } = parsed.data
  const end = tokenizer.token_to_id(eos)
  if (end === undefined) throw invalid(folder, `the end token ${eos} is not in the vocabulary`)
  return {
    encode: (text) => tokenizer.encode(text, { add_special_tokens: false }).ids,
    decode: (tokens) => tokenizer.decode([...tokens], { skip_special_tokens: true, clean_up_tokenization_spaces: false }),
    applyChatTemplate: (messages) =>
      template.render({ messages, add_generation_prompt: true, bos_token: bos ?? '', eos_token: eos }),
    endTokens: endTokensOf(folder, end),
    vocabularySize: Object.keys((source as { model: { vocab: object } }).model.vocab).length,
  }
}

function endTokensOf(folder: string, end: number): number[] {
  if (!existsSync(join(folder, 'generation_config.json'))) return [end]
  const { eos_token_id: ids } = generationSchema.parse(readJson(folder, 'generation_config.json'))
  return [...new Set([end, ...(ids === undefined ? [] : [ids].flat())])]
}

function readTemplate(folder: string, inConfig: string | undefined): string {
  const file = join(folder, 'chat_template.jinja')
  if (existsSync(file)) return readFileSync(file, 'utf8')
  if (inConfig === undefined) throw new Failure('model.missing-file', { folder, file: 'chat_template.jinja' })
  return inConfig
}

function readJson(folder: string, file: string): unknown {
  let text: string
  try {
    text = readFileSync(join(folder, file), 'utf8')
  } catch (error) {
    throw new Failure('model.missing-file', { folder, file }, { cause: error })
  }
  try {
    return JSON.parse(text)
  } catch {
    throw invalid(folder, `${file} is not JSON`)
  }
}

function invalid(folder: string, problem: string): Failure {
  return new Failure('model.invalid', { folder, problem, remedy: 'Copy the tokenizer files again from where the model came.' })
}
