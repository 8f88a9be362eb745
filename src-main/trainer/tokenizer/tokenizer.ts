/** Text to token ids and back, and the chat template, from the files of a Hugging Face model folder. */
import { Template } from '@huggingface/jinja'
import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers'
import { invalidTokenizer, readTokenizerFiles, type TokenizerFiles } from './tokenizer-files.ts'

export interface ChatMessage {
  readonly role: 'system' | 'user' | 'assistant'
  readonly content: string
}

export interface Tokenizer {
  encode(text: string): number[]
  /** Special tokens are left out; spaces stay as they are. */
  decode(tokens: readonly number[]): string
  /** The messages as the model was trained to read them, ready for its answer. Throws Failure model.invalid when the template refuses them. */
  applyChatTemplate(messages: readonly ChatMessage[]): string
  /** Tokens that end a completion. */
  readonly endTokens: readonly number[]
  /** One more than the largest token id, added tokens included: so many rows the model's embedding must have at least. */
  readonly vocabularySize: number
  /** What each token adds to a text that it stands in, by id. A character whose bytes are spread over several tokens is in none of them. */
  tokenTexts(): readonly string[]
}

/**
 * Throws Failure model.missing-file or model.invalid; the latter also for ids that the folder's model has no embedding for. Reads no weights, so
 * that whoever starts a run hears of it first.
 */
export function loadTokenizer(folder: string): Tokenizer {
  const files = readTokenizerFiles(folder)
  const tokenizer = naming(folder, 'tokenizer.json', () => new HuggingFaceTokenizer(files.source, files.config))
  const template = naming(folder, 'the chat template', () => new Template(files.chatTemplate))
  const vocabularySize = [...tokenizer.get_vocab().values()].reduce((most, id) => Math.max(most, id), -1) + 1
  const endTokens = endTokensOf(folder, files, tokenizer)
  checkSizes(folder, files, vocabularySize, endTokens)
  const decode = (tokens: readonly number[]): string =>
    tokenizer.decode([...tokens], { skip_special_tokens: true, clean_up_tokenization_spaces: false })
  let texts: readonly string[] | null = null
  const variables = { add_generation_prompt: true, bos_token: files.bosToken ?? '', eos_token: files.eosToken ?? '' }
  return {
    encode: (text) => tokenizer.encode(text, { add_special_tokens: false }).ids,
    decode,
    applyChatTemplate: (messages) => naming(folder, 'the chat template', () => template.render({ messages, ...variables })),
    endTokens,
    vocabularySize,
    tokenTexts: () => (texts ??= textsInside(decode, tokenizer.encode('a', { add_special_tokens: false }).ids, vocabularySize)),
  }
}

/** Some decoders drop the blank at a text's beginning, so that a token is looked at behind another one. */
function textsInside(decode: (tokens: readonly number[]) => string, before: readonly number[], count: number): string[] {
  const start = decode(before).length
  return Array.from({ length: count }, (_, id) =>
    decode([...before, id])
      .slice(start)
      .replaceAll('\ufffd', ''),
  )
}

function endTokensOf(folder: string, { eosToken, endIds }: TokenizerFiles, tokenizer: HuggingFaceTokenizer): number[] {
  const end = eosToken === null ? null : tokenizer.token_to_id(eosToken)
  if (end === undefined) throw invalidTokenizer(folder, `the end token ${eosToken} is not in the vocabulary`)
  const all = [...new Set([...(end === null ? [] : [end]), ...endIds])]
  if (all.length > 0) return all
  const remedy = 'Write the token that ends an answer as eos_token into tokenizer_config.json.'
  throw invalidTokenizer(folder, 'no file of it names an end token, so that no answer would end', remedy)
}

/** An embedding may have more rows than there are tokens: they are padded to round numbers. */
function checkSizes(
  folder: string,
  { modelVocabularySize: rows }: TokenizerFiles,
  vocabularySize: number,
  endTokens: readonly number[],
): void {
  if (rows === null) return
  const remedy = 'The tokenizer and the weights must be of one model: copy both from where it came.'
  if (vocabularySize > rows) {
    const problem = `its tokenizer has ids up to ${vocabularySize - 1}, but vocab_size in config.json is ${rows}`
    throw invalidTokenizer(folder, problem, remedy)
  }
  const beyond = endTokens.find((id) => id >= rows || id < 0)
  if (beyond === undefined) return
  const problem = `its end token has the id ${beyond}, but vocab_size in config.json is ${rows}`
  throw invalidTokenizer(folder, problem, remedy)
}

/** What a library throws about a file becomes a sentence that names it. */
function naming<T>(folder: string, what: string, make: () => T): T {
  try {
    return make()
  } catch (error) {
    throw invalidTokenizer(folder, `${what}: ${error instanceof Error ? error.message : String(error)}`, undefined, error)
  }
}
