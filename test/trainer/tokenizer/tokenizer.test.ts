import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { Failure } from '#contract/failure'
import { temporaryFolder } from '#test/support/temporary-folder'
import { loadTokenizer } from '#trainer/tokenizer/tokenizer'

const added = (id: number, content: string): object => ({ id, content, special: true, normalized: false })
const UNIGRAM = {
  type: 'Unigram',
  unk_id: 0,
  vocab: [
    ['<unk>', 0],
    ['a', -1],
    ['b', -2],
  ],
}
const PARTS = { version: '1.0', normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null }
/** Ids 0 to 2 in the vocabulary, 3 and 4 added. */
const FILES: Readonly<Record<string, object | string>> = {
  'tokenizer.json': { ...PARTS, added_tokens: [added(3, '<s>'), added(4, '</s>')], model: UNIGRAM },
  'tokenizer_config.json': { bos_token: '<s>', eos_token: { content: '</s>' } },
  'chat_template.jinja': '{{ bos_token }}{{ messages[0].content }}',
  'config.json': { vocab_size: 5 },
}

/** A folder with FILES, changed; null leaves one out. */
function folderWith(changes: Readonly<Record<string, object | string | null>> = {}): string {
  const folder = temporaryFolder()
  for (const [file, content] of Object.entries({ ...FILES, ...changes })) {
    if (content !== null) writeFileSync(join(folder, file), typeof content === 'string' ? content : JSON.stringify(content))
  }
  return folder
}

function refusal(changes: Readonly<Record<string, object | string | null>>): string {
  try {
    loadTokenizer(folderWith(changes))
  } catch (error) {
    expect(error).toBeInstanceOf(Failure)
    return (error as Failure).sentence
  }
  throw new Error('it was loaded')
}

describe('a tokenizer', () => {
  test('counts its ids with the added tokens, in a list of pieces as in a table', () => {
    expect(loadTokenizer(folderWith()).vocabularySize).toBe(5)
    const model = { type: 'BPE', vocab: { a: 0, b: 1, ab: 2 }, merges: [['a', 'b']] }
    const table = { ...(FILES['tokenizer.json'] as object), model }
    expect(loadTokenizer(folderWith({ 'tokenizer.json': table })).vocabularySize).toBe(5)
  })

  test('with ids that the model has no embedding for is refused with both numbers; spare rows are fine', () => {
    expect(loadTokenizer(folderWith({ 'config.json': { vocab_size: 64 } })).vocabularySize).toBe(5)
    expect(refusal({ 'config.json': { vocab_size: 4 } })).toContain(
      'its tokenizer has ids up to 4, but vocab_size in config.json is 4. The tokenizer and the weights must be of one model',
    )
  })

  test.each([
    ['tokenizer.model', 'SentencePiece'],
    ['vocab.json', 'byte pairs, with merges.txt'],
  ])('that has %s alone says how tokenizer.json is made', (file, kind) => {
    expect(refusal({ 'tokenizer.json': null, [file]: '{}' })).toMatch(
      new RegExp(`it has no tokenizer.json, only ${file} \\(${kind}\\)\\. Make it in Python: .*AutoTokenizer.*save_pretrained`),
    )
  })

  test.each(['tokenizer.json', 'tokenizer_config.json'])('without %s and any other is refused by the file’s name', (file) => {
    expect(refusal({ [file]: null })).toContain(`has no ${file}`)
  })

  test('of a kind that is not known, or cut off, names the file', () => {
    expect(refusal({ 'tokenizer.json': { ...PARTS, model: { vocab: [] } } })).toContain('cannot be used: tokenizer.json: ')
    expect(refusal({ 'tokenizer.json': '{"version"' })).toContain('tokenizer.json is not JSON')
    expect(refusal({ 'generation_config.json': { eos_token_id: 'x' } })).toContain('generation_config.json: eos_token_id: ')
  })
})

describe('a chat template', () => {
  const [system, user] = [{ role: 'system', content: 'S' } as const, { role: 'user', content: 'U' } as const]

  test('stands in a file of its own, else in the configuration, there possibly among several', () => {
    expect(loadTokenizer(folderWith()).applyChatTemplate([user])).toBe('<s>U')
    const withTemplate = (chat_template: unknown): string =>
      folderWith({ 'chat_template.jinja': null, 'tokenizer_config.json': { eos_token: '</s>', chat_template } })
    expect(loadTokenizer(withTemplate('{{ eos_token }}')).applyChatTemplate([user])).toBe('</s>')
    const several = [
      { name: 'tool_use', template: 'tools' },
      { name: 'default', template: 'plain' },
    ]
    expect(loadTokenizer(withTemplate(several)).applyChatTemplate([user])).toBe('plain')
  })

  test('that is missing is asked for by the name of its file', () => {
    expect(refusal({ 'chat_template.jinja': null })).toMatch(
      /it has no chat template, neither as chat_template.jinja nor .*\. Write one into chat_template.jinja in that folder/,
    )
  })

  test('that cannot be read, or refuses the messages, says so', () => {
    expect(refusal({ 'chat_template.jinja': '{{ never closed' })).toContain('cannot be used: the chat template: ')
    const strict = "{% if messages[0].role == 'system' %}{{ raise_exception('no system role') }}{% endif %}"
    const tokenizer = loadTokenizer(folderWith({ 'chat_template.jinja': strict }))
    expect(() => tokenizer.applyChatTemplate([system, user])).toThrow('the chat template: no system role')
  })
})

describe('end tokens', () => {
  const ends = (changes: Readonly<Record<string, object | null>>): readonly number[] =>
    loadTokenizer(folderWith(changes)).endTokens

  test('are the tokenizer’s and all of generation_config.json, each once', () => {
    expect(ends({})).toEqual([4])
    expect(ends({ 'generation_config.json': { eos_token_id: [2, 4, 1] } })).toEqual([4, 2, 1])
    expect(ends({ 'generation_config.json': { eos_token_id: 2 } })).toEqual([4, 2])
    expect(ends({ 'config.json': { vocab_size: 5, eos_token_id: 3 } })).toEqual([4, 3])
  })

  test('may be named by ids alone; where none is, no answer would end', () => {
    const without = { 'tokenizer_config.json': { eos_token: null } }
    expect(ends({ ...without, 'generation_config.json': { eos_token_id: [1] } })).toEqual([1])
    expect(refusal(without)).toContain('no file of it names an end token, so that no answer would end')
  })

  test('must be tokens that the model has', () => {
    expect(refusal({ 'generation_config.json': { eos_token_id: [4, 7] } })).toContain(
      'its end token has the id 7, but vocab_size',
    )
    expect(refusal({ 'tokenizer_config.json': { eos_token: '<end>' } })).toContain('the end token <end> is not in the vocabulary')
  })
})

test('a tokenizer needs no config.json and no weights', () => {
  const folder = folderWith()
  rmSync(join(folder, 'config.json'))
  expect(loadTokenizer(folder).encode('ab')).toEqual([1, 2])
})
