/** The files of a tokenizer in a Hugging Face model folder, and what is said when one is missing or does not fit the others. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { Failure } from '#contract/failure'

const TOKENIZER = 'tokenizer.json'
const CONFIG = 'tokenizer_config.json'
const TEMPLATE = 'chat_template.jinja'
const GENERATION = 'generation_config.json'
const MODEL = 'config.json'

const tokenName = z
  .union([z.string(), z.object({ content: z.string() })])
  .transform((token) => (typeof token === 'string' ? token : token.content))
const configSchema = z.object({
  bos_token: tokenName.nullish(),
  eos_token: tokenName.nullish(),
  /** Older versions of transformers kept several, by name. */
  chat_template: z.union([z.string(), z.array(z.object({ name: z.string(), template: z.string() }))]).nullish(),
})
const endIds = z.union([z.int(), z.array(z.int())]).nullish()
const generationSchema = z.object({ eos_token_id: endIds })
const modelSchema = z.object({ vocab_size: z.int().optional(), eos_token_id: endIds })

export interface TokenizerFiles {
  /** tokenizer.json and tokenizer_config.json as they are. */
  readonly source: object
  readonly config: object
  readonly bosToken: string | null
  readonly eosToken: string | null
  /** Ids that end a completion beside the end token: those of generation_config.json, else of config.json. */
  readonly endIds: readonly number[]
  readonly chatTemplate: string
  /** Rows of the model's embedding; null where there is no config.json to say. */
  readonly modelVocabularySize: number | null
}

/** Throws Failure model.missing-file or model.invalid. */
export function readTokenizerFiles(folder: string): TokenizerFiles {
  if (!existsSync(join(folder, TOKENIZER))) throw withoutTokenizer(folder)
  const source = readJson(folder, TOKENIZER)
  const config = readJson(folder, CONFIG)
  const parsed = checked(folder, CONFIG, configSchema, config)
  const model = existsSync(join(folder, MODEL)) ? checked(folder, MODEL, modelSchema, readJson(folder, MODEL)) : null
  const generation = existsSync(join(folder, GENERATION))
    ? checked(folder, GENERATION, generationSchema, readJson(folder, GENERATION))
    : null
  return {
    source: source as object,
    config: config as object,
    bosToken: parsed.bos_token ?? null,
    eosToken: parsed.eos_token ?? null,
    endIds: [generation?.eos_token_id ?? model?.eos_token_id ?? []].flat(),
    chatTemplate: chatTemplate(folder, parsed.chat_template ?? []),
    modelVocabularySize: model?.vocab_size ?? null,
  }
}

export function invalidTokenizer(folder: string, problem: string, remedy?: string, cause?: unknown): Failure {
  const again = 'Copy the tokenizer files again from where the model came.'
  return new Failure('model.invalid', { folder, problem, remedy: remedy ?? again }, { cause })
}

type Templates = z.infer<typeof configSchema>['chat_template'] & {}

function chatTemplate(folder: string, inConfig: Templates): string {
  const file = join(folder, TEMPLATE)
  if (existsSync(file)) return readFileSync(file, 'utf8')
  const template = typeof inConfig === 'string' ? inConfig : inConfig.find(({ name }) => name === 'default')?.template
  if (template !== undefined) return template
  throw invalidTokenizer(
    folder,
    `it has no chat template, neither as ${TEMPLATE} nor as chat_template in ${CONFIG}, so that prompts cannot be written`,
    `Write one into ${TEMPLATE} in that folder. A base model has none: take the one of the instruct model that was made from it, or that one itself.`,
  )
}

/** Says how to make the fast tokenizer from what is there. */
function withoutTokenizer(folder: string): Failure {
  const slow = [
    ['tokenizer.model', 'SentencePiece'],
    ['vocab.json', 'byte pairs, with merges.txt'],
    ['vocab.txt', 'word pieces'],
  ].find(([file]) => existsSync(join(folder, file!)))
  if (slow === undefined) return new Failure('model.missing-file', { folder, file: TOKENIZER })
  const path = JSON.stringify(folder)
  return invalidTokenizer(
    folder,
    `it has no ${TOKENIZER}, only ${slow[0]} (${slow[1]})`,
    `Make it in Python: from transformers import AutoTokenizer; AutoTokenizer.from_pretrained(${path}).save_pretrained(${path})`,
  )
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
  } catch (error) {
    throw invalidTokenizer(folder, `${file} is not JSON`, undefined, error)
  }
}

function checked<T>(folder: string, file: string, schema: z.ZodType<T>, json: unknown): T {
  const parsed = schema.safeParse(json)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]!
  throw invalidTokenizer(folder, `${file}: ${[...issue.path, issue.message].join(': ')}`)
}
