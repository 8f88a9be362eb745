import type { Tokenizer } from './tokenizer.ts'

/** A character has four bytes at most, and so that many tokens. */
const MOST_OF_A_CHARACTER = 4

/**
 * What each token adds to the text of all: joined they are the text. Where several tokens make a character it stands with the last of them, and the
 * others add ''.
 */
export function textPieces(tokens: readonly number[], tokenizer: Pick<Tokenizer, 'decode'>): string[] {
  const pieces: string[] = []
  let from = 0
  tokens.forEach((_, i) => {
    // Some decoders drop the blank at a text's beginning, so that tokens are looked at behind the one before.
    const before = tokens.slice(Math.max(0, from - 1), from)
    const start = before.length === 0 ? 0 : tokenizer.decode(before).length
    const text = tokenizer.decode([...before, ...tokens.slice(from, i + 1)]).slice(start)
    const isBroken = text.endsWith('\ufffd') && i + 1 < tokens.length && i + 1 - from < MOST_OF_A_CHARACTER
    pieces.push(isBroken ? '' : text)
    if (!isBroken) from = i + 1
  })
  return pieces
}
