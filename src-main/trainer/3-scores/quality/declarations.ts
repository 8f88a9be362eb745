/** Names that a module declares, read off its tokens. No elaboration: a width is known where its range is made of plain numbers. */
import { isKeyword } from '../../verilog/keywords.ts'
import type { Token } from '../../verilog/tokens.ts'

export type NameKind = 'input' | 'output' | 'inout' | 'signal' | 'integer' | 'parameter' | 'genvar' | 'label'

export interface Declaration {
  readonly name: string
  readonly kind: NameKind
  /** Bits; null where not known, and for memories. */
  readonly width: number | null
  /** Place of the name among the tokens. */
  readonly at: number
  /** In a function or a task. */
  readonly isLocal: boolean
}

export interface Body {
  /** Of one module, from `module` to `endmodule`, without attributes and directives. */
  readonly tokens: readonly Token[]
  /** Of bracketPartners. */
  readonly partners: Int32Array
}

const KIND_BY_KEYWORD: Readonly<Record<string, NameKind>> = Object.fromEntries(
  (
    [
      ['input', 'input'],
      ['output', 'output'],
      ['inout', 'inout'],
      ['signal', 'wire tri tri0 tri1 triand trior wand wor trireg uwire supply0 supply1 var reg logic bit time real realtime'],
      ['integer', 'integer int byte shortint longint'],
      ['parameter', 'parameter localparam'],
      ['genvar', 'genvar'],
    ] as const
  ).flatMap(([kind, words]) => words.split(' ').map((word) => [word, kind])),
)
const WIDTHS: Readonly<Record<string, number>> = { integer: 32, int: 32, byte: 8, shortint: 16, longint: 64, time: 64 }
/** Words that may stand between a declaration's first word and its names. */
const MODIFIERS = new Set('signed unsigned packed automatic static const type vectored scalared struct union'.split(' '))

/** In the order of the source; a name may be there twice, as in `output y; reg y;`. Linear in the number of tokens. */
export function declarationsOf(body: Body): Declaration[] {
  const reader = new DeclarationReader(body)
  return reader.read()
}

class DeclarationReader {
  readonly #tokens: readonly Token[]
  readonly #partners: Int32Array
  readonly #types = new Set<string>()
  readonly #found: Declaration[] = []
  #isLocal = false

  constructor({ tokens, partners }: Body) {
    this.#tokens = tokens
    this.#partners = partners
  }

  read(): Declaration[] {
    let at = 0
    while (at < this.#tokens.length) at = this.#next(at)
    return this.#found
  }

  /** Reads what begins here; gives the place behind it. */
  #next(at: number): number {
    const { kind, text } = this.#tokens[at]!
    if (kind !== 'word') return at + 1
    if (text === 'function' || text === 'task') this.#isLocal = true
    if (text === 'endfunction' || text === 'endtask') this.#isLocal = false
    if (text === 'function') return this.#behindFunctionName(at)
    if (text === 'typedef') return this.#typedef(at)
    if (this.#beginsDeclaration(at)) return this.#declaration(at)
    return at + 1
  }

  /** `function integer f(…)`, `function [3:0] f;`: its type declares nothing. */
  #behindFunctionName(at: number): number {
    let place = at + 1
    while (place < this.#tokens.length && !['(', ';', 'function'].includes(this.#text(place))) place = this.#behind(place)
    return place
  }

  #typedef(at: number): number {
    const { start } = this.#typeWords(at + 1)
    this.#types.add(this.#text(start))
    return start + 1
  }

  #beginsDeclaration(at: number): boolean {
    const text = this.#text(at)
    // A cast, as in int'(x).
    if (this.#text(at + 1) === "'") return false
    if (Object.hasOwn(KIND_BY_KEYWORD, text) || text === 'enum' || text === 'struct' || text === 'union') return true
    return this.#types.has(text) && this.#isName(at + 1)
  }

  #declaration(at: number): number {
    const { kind, width, start } = this.#typeWords(at)
    return this.#declarators(start, kind, width)
  }

  /** `output reg signed [3:0]`, `enum logic [1:0] {A, B}`, `state_t`: up to the first name. */
  #typeWords(from: number): { kind: NameKind; width: number | null; start: number } {
    let kind: NameKind = 'signal'
    let width: number | null = 1
    let ranges = 0
    let isEnum = false
    let at = from
    for (; at < this.#tokens.length; at++) {
      const text = this.#text(at)
      if (text === '[') {
        width = ranges++ === 0 ? this.#widthOf(at) : null
        at = this.#behind(at) - 1
      } else if (text === '{') {
        if (isEnum) this.#labels(at)
        width = null
        at = this.#behind(at) - 1
      } else if (this.#types.has(text) && this.#isName(this.#behindRanges(at + 1))) width = null
      else if (Object.hasOwn(KIND_BY_KEYWORD, text)) {
        // A direction says more than the type behind it, and `parameter integer` is a parameter.
        if (kind === 'signal') kind = KIND_BY_KEYWORD[text]!
        width = WIDTHS[text] ?? width
      } else if (text === 'enum') isEnum = true
      else if (!MODIFIERS.has(text)) break
    }
    return { kind, width, start: at }
  }

  /** The values of an enumeration. */
  #labels(brace: number): void {
    const end = this.#behind(brace) - 1
    for (let at = brace + 1; at < end; at++) {
      if (this.#isName(at)) this.#add(at, 'label', null)
      while (at < end && this.#text(at) !== ',') at = this.#behind(at)
    }
  }

  /** `a, b [0:3], c = 1` up to what ends the list. */
  #declarators(start: number, kind: NameKind, width: number | null): number {
    let at = start
    while (this.#isName(at)) {
      // A type that another place declares stands before the name.
      if (this.#isName(at + 1)) at++
      const behindName = this.#behindRanges(at + 1)
      this.#add(at, kind, behindName > at + 1 ? null : width)
      at = this.#text(behindName) === '=' ? this.#behindValue(behindName) : behindName
      if (this.#text(at) !== ',' || !this.#isName(at + 1)) return at
      at++
    }
    return Math.max(at, start)
  }

  #behindValue(from: number): number {
    let at = from
    while (at < this.#tokens.length && ![',', ';', ')'].includes(this.#text(at))) at = this.#behind(at)
    return at
  }

  #add(at: number, kind: NameKind, width: number | null): void {
    this.#found.push({ name: this.#text(at), kind, width, at, isLocal: this.#isLocal })
  }

  #widthOf(bracket: number): number | null {
    const [high, colon, low] = [1, 2, 3].map((step) => this.#tokens[bracket + step])
    const isPlain =
      high?.kind === 'number' && colon?.text === ':' && low?.kind === 'number' && this.#behind(bracket) === bracket + 5
    const width = isPlain ? Math.abs(Number(high.text) - Number(low.text)) + 1 : NaN
    return Number.isSafeInteger(width) ? width : null
  }

  #behindRanges(from: number): number {
    let at = from
    while (this.#text(at) === '[' && this.#partners[at]! >= 0) at = this.#behind(at)
    return at
  }

  /** Behind a token, or behind the bracket that it opens. */
  #behind(at: number): number {
    return Math.max(at, this.#partners[at] ?? -1) + 1
  }

  #text(at: number): string {
    return this.#tokens[at]?.text ?? ''
  }

  #isName(at: number): boolean {
    const token = this.#tokens[at]
    return token?.kind === 'word' && !isKeyword(token.text)
  }
}
