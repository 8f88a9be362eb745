import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { taskSchema } from '#contract/task'
import { learnBytePairs } from '#trainer/starter/byte-pairs'
import { corpusExample, CORPUS_KNOBS } from '#trainer/starter/corpus'
import { SPECIAL_IDS, SPECIAL_TOKENS, TOKENIZER_SETTINGS, trainTokenizer } from '#trainer/starter/train-tokenizer'
import { loadTokenizer } from '#trainer/tokenizer/tokenizer'

const folder = mkdtempSync(join(tmpdir(), 'veritune-tokenizer-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const size = trainTokenizer(folder, TOKENIZER_SETTINGS, CORPUS_KNOBS)
const tokenizer = loadTokenizer(folder)
const TASKS = join(import.meta.dirname, '../../../resources/starter/tasks.jsonl')
const tasks = readFileSync(TASKS, 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => taskSchema.parse(JSON.parse(line)))
const promptOf = (content: string): string => tokenizer.applyChatTemplate([{ role: 'user', content }])

describe('byte pairs', () => {
  test('the most frequent pair is joined first, then what it makes', () => {
    // "aab" five times and "ab" once: a+b occurs 6 times, a+a 5; then a+ab occurs 5 times.
    const { merges, tokens } = learnBytePairs(
      new Map([
        ['aab', 5],
        ['ab', 1],
      ]),
      1000,
      2,
    )
    expect(merges).toEqual([
      ['a', 'b'],
      ['a', 'ab'],
    ])
    expect(tokens.slice(256)).toEqual(['ab', 'aab'])
  })
})

describe('the starter tokenizer', () => {
  test('it has at most 1,024 tokens, special ones first', () => {
    expect(size).toBeLessThanOrEqual(1024)
    expect(tokenizer.vocabularySize).toBe(size)
    expect(tokenizer.encode(SPECIAL_TOKENS.join(''))).toEqual([0, 1, 2, 3, 4])
    expect(tokenizer.endTokens).toEqual([SPECIAL_IDS.eos])
  })

  test('every task reads back exactly', () => {
    for (const { instruction, reference } of tasks) {
      expect(tokenizer.decode(tokenizer.encode(instruction))).toBe(instruction)
      expect(tokenizer.decode(tokenizer.encode(reference!))).toBe(reference)
    }
  })

  test('text unlike the corpus reads back exactly', () => {
    const text = 'Ünïcode ☃\tand\r\n  "UPPER_case9" 0xFF // <reason> ```'
    expect(tokenizer.decode(tokenizer.encode(text))).toBe(text)
  })

  test('every digit is a token of its own', () => {
    expect(tokenizer.encode('1024').length).toBe(4)
  })

  test('the chat template leaves the system message out', () => {
    const messages = [
      { role: 'system', content: 'You write Verilog.' },
      { role: 'user', content: 'Write module gate.' },
    ] as const
    expect(tokenizer.applyChatTemplate(messages)).toBe('<|user|>Write module gate.<|assistant|>')
  })

  test('prompts have at most 80 tokens and answers of the corpus at most 150', () => {
    expect(Math.max(...tasks.map(({ instruction }) => tokenizer.encode(promptOf(instruction)).length))).toBeLessThanOrEqual(80)
    const answers = Array.from({ length: 2000 }, (_, i) => tokenizer.encode(corpusExample(3, i, CORPUS_KNOBS).completion).length)
    expect(Math.max(...answers)).toBeLessThanOrEqual(150)
  })
})
