/** Widths that do not fit, where both sides are made of names, constants, selections and bitwise operators: what is certain without elaboration. */
import type { Assignment } from './assignments.ts'
import type { Body, Declaration } from './declarations.ts'
import type { Finding } from './finding.ts'
import type { ModuleBody } from './module-bodies.ts'

/** Of concatenations within each other: a design must not exhaust the stack. */
const MAX_DEPTH = 16

export type Widths = ReadonlyMap<string, number>

/** Names that have one known width. */
export function widthsOf(declarations: readonly Declaration[]): Widths {
  const widths = new Map<string, number>()
  const unclear = new Set<string>()
  for (const { name, width, kind } of declarations) {
    // Constants take the width of where they stand.
    const isClear = width !== null && !['parameter', 'label', 'genvar'].includes(kind)
    const before = widths.get(name)
    // `output [3:0] y; reg y;` is no second width.
    if (!isClear || (before !== undefined && before !== width)) unclear.add(name)
    else widths.set(name, width)
  }
  for (const name of unclear) widths.delete(name)
  return widths
}

export function wrongWidths(body: ModuleBody, assignments: readonly Assignment[], widths: Widths): Finding[] {
  return assignments.flatMap(({ at, targetAt, isCompound }): Finding[] => {
    if (isCompound) return []
    const target = new WidthReader(body, widths, targetAt).operand()
    const reader = new WidthReader(body, widths, behindDelay(body, at + 1))
    const value = reader.expression()
    if (target === null || value === null || ![';', ','].includes(reader.text) || target === value) return []
    const line = body.lineOf(at)
    return value > target
      ? [{ class: 'WIDTHTRUNC', name: null, line, message: `${value} bits are assigned to ${target}` }]
      : [{ class: 'WIDTHEXPAND', name: null, line, message: `only ${value} bits are assigned to ${target}` }]
  })
}

/** The old `<= #1`. */
function behindDelay({ tokens }: Body, at: number): number {
  return tokens[at]?.text === '#' ? at + 2 : at
}

/** Bits of what stands from a place on; null where that is not certain. */
class WidthReader {
  readonly #body: Body
  readonly #widths: Widths
  #at: number
  #depth = 0

  constructor(body: Body, widths: Widths, at: number) {
    this.#body = body
    this.#widths = widths
    this.#at = at
  }

  get text(): string {
    return this.#body.tokens[this.#at]?.text ?? ''
  }

  expression(): number | null {
    let width = this.#term()
    while (width !== null && ['&', '|', '^'].includes(this.text)) {
      this.#at++
      const next = this.#term()
      width = next === null ? null : Math.max(width, next)
    }
    return width
  }

  #term(): number | null {
    while (this.text === '~') this.#at++
    return this.operand()
  }

  operand(): number | null {
    const token = this.#body.tokens[this.#at]
    if (token === undefined) return null
    this.#at++
    if (token.kind === 'number') return sizeOf(token.text)
    if (token.text === '{') return this.#concatenation()
    if (token.kind !== 'word') return null
    const width = this.#widths.get(token.text) ?? null
    return width === null || this.text !== '[' ? width : this.#selection()
  }

  /** `[3]` and `[7:4]`; an index of a single bit may be anything. */
  #selection(): number | null {
    const open = this.#at
    const close = this.#body.partners[open]!
    if (close < 0) return null
    const inside = this.#body.tokens.slice(open + 1, close)
    this.#at = close + 1
    if (this.text === '[') return null
    const [high, colon, low] = inside
    if (!inside.some(({ text }) => text === ':')) return 1
    const isPlain = inside.length === 3 && high?.kind === 'number' && colon?.text === ':' && low?.kind === 'number'
    const width = isPlain ? Math.abs(Number(high.text) - Number(low.text)) + 1 : NaN
    return Number.isSafeInteger(width) ? width : null
  }

  #concatenation(): number | null {
    let width = 0
    if (++this.#depth > MAX_DEPTH) return null
    for (;;) {
      const part = this.operand()
      if (part === null || ![',', '}'].includes(this.text)) return null
      width += part
      const isLast = this.text === '}'
      this.#at++
      if (!isLast) continue
      this.#depth--
      return width
    }
  }
}

/** Of a constant that says its size. */
function sizeOf(text: string): number | null {
  const size = /^(\d+)\s*'/.exec(text)?.[1]
  return size === undefined ? null : Number(size)
}
