/** Verilog as tokens: what is a comment, a string or a name is decided once, the same way for everybody. Source: IEEE 1800-2017, clause 5. */

export type TokenKind = 'space' | 'comment' | 'string' | 'escaped' | 'directive' | 'system' | 'word' | 'number' | 'symbol'

export interface Token {
  readonly kind: TokenKind
  readonly text: string
  /** Offset in the source. */
  readonly start: number
}

/** What a token of a kind looks like, tried at one place. What is not closed goes on to the end, a string to the end of its line. */
const PATTERNS: Readonly<Record<TokenKind, RegExp>> = {
  space: /\s+/y,
  comment: /\/\/[^\n]*|\/\*(?:[^*]|\*(?!\/))*(?:\*\/)?/y,
  string: /"(?:\\[\s\S]|[^"\\\n])*"?/y,
  escaped: /\\\S*/y,
  // With a back-quote before a quotation mark or another back-quote macros join texts: those are directives without a name.
  directive: /`(?:[A-Za-z_][\w$]*|[\s\S]?)/y,
  system: /\$[A-Za-z_][\w$]*/y,
  word: /[A-Za-z_][\w$]*/y,
  number:
    /(?:\d[\d_]*\s*)?'\s*[sS]?[bBoOdDhH]\s*[\da-fA-FxXzZ?_]+|'[01xXzZ]|\d[\d_]*(?:\.\d[\d_]*)?(?:[eE][+-]?\d+)?(?:fs|ps|ns|us|ms|s)?\b|\d[\d_]*/y,
  // `(*)`, `(*` and `*)` are one symbol each: all events, an attribute's begin and its end.
  symbol: /\(\s*\*\s*\)|\(\*|\*\)|[<>=!]==?|<<<?|>>>?|&&|\|\||\*\*|->|[\s\S]/y,
}

/** The kind that a token's first character announces; a symbol where the rest does not keep its word. */
function announced(code: string, at: number): TokenKind {
  const first = code[at]!
  if ((first >= 'a' && first <= 'z') || (first >= 'A' && first <= 'Z') || first === '_') return 'word'
  if (first === ' ' || first === '\n' || first === '\t' || first === '\r') return 'space'
  if ((first >= '0' && first <= '9') || first === "'") return 'number'
  switch (first) {
    case '/':
      return 'comment'
    case '"':
      return 'string'
    case '\\':
      return 'escaped'
    case '`':
      return 'directive'
    case '$':
      return 'system'
    default:
      return /\s/.test(first) ? 'space' : 'symbol'
  }
}

/** All tokens; their texts joined are the source. Linear in the length of the source. */
export function tokensOf(code: string): Token[] {
  const tokens: Token[] = []
  let isAttribute = false
  for (let start = 0; start < code.length;) {
    let kind = announced(code, start)
    let end = endOf(kind, code, start)
    if (end < 0) {
      kind = 'symbol'
      end = endOf(kind, code, start)
    }
    const text = code.slice(start, end)
    if (text === '*)' && !isAttribute) {
      // As in `u(.*)`.
      end = start + 1
      tokens.push({ kind, text: '*', start })
    } else {
      if (text === '(*' || text === '*)') isAttribute = text === '(*'
      tokens.push({ kind, text, start })
    }
    start = end
  }
  return tokens
}

/** Place behind a token of a kind that begins at `start`; -1 where none does. */
function endOf(kind: TokenKind, code: string, start: number): number {
  const pattern = PATTERNS[kind]
  pattern.lastIndex = start
  return pattern.test(code) ? pattern.lastIndex : -1
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
