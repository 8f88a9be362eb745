/** Byte-pair encoding: learns which neighbouring pieces of words to join. Source: Sennrich et al., "Neural machine translation of rare words with subword units". */

export interface BytePairs {
  /** Token -> id, in order of ids, without special tokens. */
  readonly tokens: readonly string[]
  readonly merges: readonly (readonly [string, string])[]
}

/**
 * Learns merges until there are `maxTokens` tokens or no pair occurs `minCount` times.
 * words: how often each pre-tokenised word occurs. Ties go to the pair that sorts first, so the result depends on the counts alone.
 */
export function learnBytePairs(words: ReadonlyMap<string, number>, maxTokens: number, minCount: number): BytePairs {
  const alphabet = byteLetters()
  const tokens = [...alphabet]
  const merges: [string, string][] = []
  const pieces = [...words].map(([word, count]) => ({ parts: [...toByteLetters(word)], count }))
  while (tokens.length < maxTokens) {
    const best = mostFrequentPair(pieces)
    if (best === null || best.count < minCount) break
    merges.push([best.left, best.right])
    tokens.push(best.left + best.right)
    for (const piece of pieces) piece.parts = joined(piece.parts, best.left, best.right)
  }
  return { tokens: [...new Set(tokens)], merges }
}

/** Each byte as a visible letter, as in GPT-2's tokenizer: printable bytes stand for themselves, the others move above 255. */
export function byteLetters(): string[] {
  const isPrintable = (byte: number): boolean => (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174
  let moved = 0
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(isPrintable(byte) ? byte : 256 + moved++))
}

const LETTERS = byteLetters()

export function toByteLetters(text: string): string {
  return Array.from(Buffer.from(text, 'utf8'), (byte) => LETTERS[byte]!).join('')
}

function mostFrequentPair(
  pieces: readonly { parts: readonly string[]; count: number }[],
): { left: string; right: string; count: number } | null {
  const counts = new Map<string, number>()
  for (const { parts, count } of pieces) {
    for (let i = 1; i < parts.length; i++) {
      const pair = `${parts[i - 1]} ${parts[i]}`
      counts.set(pair, (counts.get(pair) ?? 0) + count)
    }
  }
  let best: [string, number] | null = null
  for (const [pair, count] of counts) {
    if (best === null || count > best[1] || (count === best[1] && pair < best[0])) best = [pair, count]
  }
  if (best === null) return null
  const [left, right] = best[0].split(' ') as [string, string]
  return { left, right, count: best[1] }
}

function joined(parts: readonly string[], left: string, right: string): string[] {
  const result: string[] = []
  for (let i = 0; i < parts.length; i++) {
    if (parts[i] === left && parts[i + 1] === right) {
      result.push(left + right)
      i++
    } else result.push(parts[i]!)
  }
  return result
}
