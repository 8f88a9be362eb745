/** Assignments and always blocks of a module, read off its tokens. */
import { isKeyword } from '../../verilog/keywords.ts'
import type { Body } from './declarations.ts'

/** What kind of process an assignment stands in. */
export type ProcessKind = 'clocked' | 'combinational' | 'latched' | 'initial' | 'continuous' | 'none'

export interface Assignment {
  /** Place of the operator, and of the first token of what is assigned. */
  readonly at: number
  readonly targetAt: number
  readonly operator: '=' | '<='
  /** It reads what it writes, as in `+=`. */
  readonly isCompound: boolean
  /** Name that it assigns to as a whole; null for a selection, a member or a concatenation. */
  readonly whole: string | null
  readonly process: ProcessKind
  /** In the head of a for loop. */
  readonly isLoopHead: boolean
}

const COMPOUND = new Set(['+', '-', '*', '/', '%', '&', '|', '^', '<<', '>>', '<<<', '>>>'])
/** After these a statement begins. */
const BEFORE_STATEMENT = new Set([
  ';',
  'begin',
  'end',
  'else',
  ')',
  '(*)',
  'do',
  'initial',
  'always_comb',
  'always_latch',
  'endcase',
])
const BEFORE_TERNARY = new Set([';', 'begin', 'end', 'endcase', 'case', 'casez', 'casex'])
/** A ternary operator is looked for so far back. */
const MAX_LOOK_BACK = 200

export function assignmentsOf(body: Body): Assignment[] {
  const found: Assignment[] = []
  const processes = new Processes(body)
  for (let at = 0; at < body.tokens.length; at++) {
    processes.pass(at)
    const { kind, text } = body.tokens[at]!
    if (kind !== 'symbol' || (text !== '=' && text !== '<=')) continue
    const isCompound = text === '=' && COMPOUND.has(body.tokens[at - 1]?.text ?? '')
    const targetAt = targetBefore(body, isCompound ? at - 1 : at)
    if (targetAt === null || (text === '<=' && !beginsStatement(body, targetAt))) continue
    const isWhole = targetAt === at - (isCompound ? 2 : 1)
    found.push({
      at,
      targetAt,
      operator: text,
      isCompound,
      whole: isWhole ? body.tokens[targetAt]!.text : null,
      process: processes.kind,
      isLoopHead: processes.isInLoopHead(at),
    })
  }
  return found
}

/** Where `name`, `name[…][…].member` or `{…}` before a place begins; null when there is no such thing. */
function targetBefore({ tokens, partners }: Body, operatorAt: number): number | null {
  let at = operatorAt - 1
  if (tokens[at]?.text === '}') return partners[at]! < 0 ? null : partners[at]!
  for (;;) {
    while (tokens[at]?.text === ']' && partners[at]! >= 0) at = partners[at]! - 1
    const token = tokens[at]
    if (token?.kind !== 'word' || isKeyword(token.text)) return null
    if (tokens[at - 1]?.text !== '.') return at
    at -= 2
  }
}

/** `<=` is an assignment where its left side begins a statement, else a comparison. */
function beginsStatement({ tokens }: Body, at: number): boolean {
  const before = tokens[at - 1]?.text ?? ''
  if (BEFORE_STATEMENT.has(before)) return true
  if (before === ':') return !isTernary(tokens, at - 1)
  // `always @* q <= d`, and the label in `begin : name q <= d`.
  return (before === '*' && tokens[at - 2]?.text === '@') || (tokens[at - 2]?.text === ':' && tokens[at - 3]?.text === 'begin')
}

function isTernary(tokens: Body['tokens'], colon: number): boolean {
  for (let at = colon - 1; at >= Math.max(0, colon - MAX_LOOK_BACK); at--) {
    const { text } = tokens[at]!
    if (text === '?') return true
    if (BEFORE_TERNARY.has(text)) return false
  }
  return false
}

const ENDS_PROCESS = new Set(
  'assign generate endgenerate function task genvar wire reg logic integer localparam parameter input output inout endmodule'.split(
    ' ',
  ),
)

/** Which process the reader is in. A process ends where, at its own depth of blocks, something else of the module begins. */
class Processes {
  readonly #body: Body
  #depth = 0
  #processDepth = 0
  #loopHeadEnd = -1
  kind: ProcessKind = 'none'

  constructor(body: Body) {
    this.#body = body
  }

  pass(at: number): void {
    const { kind, text } = this.#body.tokens[at]!
    if (kind !== 'word') return
    if (text === 'begin' || text === 'fork') this.#depth++
    else if (text === 'end' || text === 'join') this.#depth--
    else if (text === 'for') this.#loopHeadEnd = this.#body.partners[at + 1] ?? -1
    else if (text === 'initial') this.#enter('initial')
    else if (text.startsWith('always')) this.#enter(this.#kindOfAlways(at))
    else if (ENDS_PROCESS.has(text) && this.#depth <= this.#processDepth) this.#enter(text === 'assign' ? 'continuous' : 'none')
    if (this.#depth < this.#processDepth) this.#enter('none')
  }

  isInLoopHead(at: number): boolean {
    return at < this.#loopHeadEnd
  }

  #enter(kind: ProcessKind): void {
    this.kind = kind
    this.#processDepth = this.#depth
  }

  #kindOfAlways(at: number): ProcessKind {
    const { tokens, partners } = this.#body
    const { text } = tokens[at]!
    if (text === 'always_ff') return 'clocked'
    if (text === 'always_comb') return 'combinational'
    if (text === 'always_latch') return 'latched'
    if (tokens[at + 1]?.text !== '@') return 'none'
    const eventsEnd = Math.max(at + 2, partners[at + 2] ?? -1)
    const events = tokens.slice(at + 2, eventsEnd + 1)
    if (events.some((token) => token.text === 'posedge' || token.text === 'negedge')) return 'clocked'
    return this.#isLatch(eventsEnd + 1) ? 'latched' : 'combinational'
  }

  /** An `if` without any `else`: whoever writes a latch on purpose writes it so. */
  #isLatch(from: number): boolean {
    const { tokens } = this.#body
    const first = tokens[from]?.text === 'begin' ? from + 1 : from
    if (tokens[first]?.text !== 'if') return false
    for (let at = first; at < tokens.length && !/^(always\w*|assign|endmodule)$/.test(tokens[at]!.text); at++) {
      if (/^(else|case[xz]?)$/.test(tokens[at]!.text)) return false
    }
    return true
  }
}
