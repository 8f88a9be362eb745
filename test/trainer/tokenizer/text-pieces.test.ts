import { join } from 'node:path'
import { expect, test } from 'vitest'
import { REPOSITORY } from '#test/support/run-builders'
import { textPieces } from '#trainer/tokenizer/text-pieces'
import { loadTokenizer } from '#trainer/tokenizer/tokenizer'

const starter = loadTokenizer(join(REPOSITORY, 'resources/starter/model'))

test('the pieces of a text are the text, a piece for each token', () => {
  for (const text of ['module top(input a);\n  assign y = ~a;\nendmodule\n', ' blank first', 'Zähler → Σ, 计数器 🙂!']) {
    const tokens = starter.encode(text)
    const pieces = textPieces(tokens, starter)
    expect(pieces).toHaveLength(tokens.length)
    expect(pieces.join('')).toBe(starter.decode(tokens))
  }
  expect(textPieces([], starter)).toEqual([])
})

test('a character of several tokens stands with its last one', () => {
  const bytes: Readonly<Record<number, number>> = { 1: 0x61, 2: 0xe2, 3: 0x86, 4: 0x92 }
  const decode = (tokens: readonly number[]): string => Buffer.from(tokens.map((token) => bytes[token]!)).toString('utf8')
  expect(textPieces([1, 2, 3, 4, 1], { decode })).toEqual(['a', '', '', '→', 'a'])
  // One that is never finished is told as it is, and what follows is not held back.
  expect(textPieces([2, 2, 2, 2, 1], { decode }).at(-1)).toBe('a')
  expect(textPieces([1, 2], { decode })).toEqual(['a', '\ufffd'])
})
