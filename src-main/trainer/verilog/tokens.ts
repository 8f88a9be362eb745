/** Verilog as tokens: what is a comment, a string or a name is decided once, the same way for everybody. Source: IEEE 1800-2017, clause 5. */

export type TokenKind = 'space' | 'comment' | 'string' | 'escaped' | 'directive' | 'system' | 'word' | 'number' | 'symbol'

export interface Token {
  readonly kind: TokenKind
  readonly text: string
  /** Offset in the source. */
  readonly start: number
}

/**
 * One alternative a kind, in this order; every character falls into one of them. What is not closed goes on to the end.
 * `(*)`, `(*` and `*)` are one symbol each: all events, an attribute's begin and its end.
 */
const KINDS: readonly (readonly [TokenKind, string])[] = [
  ['space', String.raw`\s+`],
  ['comment', String.raw`\/\/[^\n]*|\/\*(?:[^*]|\*(?!\/))*(?:\*\/)?`],
  // A string ends with its line, except after a backslash.
  ['string', String.raw`"(?:\\[\s\S]|[^"\\\n])*"?`],
  ['escaped', String.raw`\\\S*`],
  // With a back-quote before a quotation mark or another back-quote macros join texts: those are directives without a name.
  ['directive', String.raw`\x60[A-Za-z_][\w$]*|\x60.?`],
  ['system', String.raw`\$[A-Za-z_][\w$]*`],
  ['word', String.raw`[A-Za-z_][\w$]*`],
  [
    'number',
    String.raw`(?:\d[\d_]*\s*)?'\s*[sS]?[bBoOdDhH]\s*[\da-fA-FxXzZ?_]+|'[01xXzZ]|\d[\d_]*(?:\.\d[\d_]*)?(?:[eE][+-]?\d+)?(?:fs|ps|ns|us|ms|s)?\b|\d[\d_]*`,
  ],
  ['symbol', String.raw`\(\s*\*\s*\)|\(\*|\*\)|[<>=!]==?|<<<?|>>>?|&&|\|\||\*\*|->|[\s\S]`],
]
const PATTERN = KINDS.map(([kind, pattern]) => `(?<${kind}>${pattern})`).join('|')

/** All tokens; their texts joined are the source. Linear in the length of the source. */
export function tokensOf(code: string): Token[] {
  const tokens: Token[] = []
  let isAttribute = false
  for (const match of code.matchAll(new RegExp(PATTERN, 'gu'))) {
    const kind = KINDS.find(([name]) => match.groups![name] !== undefined)![0]
    const [text] = match
    const start = match.index
    if (text === '*)' && !isAttribute) {
      // As in `u(.*)`.
      tokens.push({ kind, text: '*', start }, { kind, text: ')', start: start + 1 })
      continue
    }
    if (text === '(*' || text === '*)') isAttribute = text === '(*'
    tokens.push({ kind, text, start })
  }
  return tokens
}

/** Tokens that a tool acts on: without blanks and comments. */
export function meaningfulTokens(code: string): Token[] {
  return tokensOf(code).filter(({ kind }) => kind !== 'space' && kind !== 'comment')
}

/** For each bracket the place of its partner; -1 for what has none, and for all other tokens. Linear. */
export function bracketPartners(tokens: readonly Token[]): Int32Array {
  const partners = new Int32Array(tokens.length).fill(-1)
  const open: number[] = []
  tokens.forEach(({ text }, i) => {
    if (text === '(' || text === '[' || text === '{') open.push(i)
    else if ((text === ')' || text === ']' || text === '}') && open.length > 0) {
      const partner = open.pop()!
      partners[partner] = i
      partners[i] = partner
    }
  })
  return partners
}

/** The source with every name replaced that the map knows; comments and strings stay. */
export function withNamesReplaced(code: string, names: ReadonlyMap<string, string>): string {
  return tokensOf(code)
    .map(({ kind, text }) => (kind === 'word' ? (names.get(text) ?? text) : text))
    .join('')
}
