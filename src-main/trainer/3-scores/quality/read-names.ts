/** Which names of a module are read anywhere. What is not certainly a mere declaration or target counts as read. */
import { isKeyword } from '../../verilog/keywords.ts'
import type { HeaderPort, SourceModule } from '../../verilog/modules.ts'
import type { Assignment } from './assignments.ts'
import type { Body, Declaration } from './declarations.ts'

const GATES = new Set('and nand or nor xor xnor buf not bufif0 bufif1 notif0 notif1'.split(' '))
/** All connections of these but the last are outputs; of the others only the first is. */
const MANY_OUTPUTS = new Set(['buf', 'not'])
const DIRECTIONS: readonly string[] = ['input', 'output', 'inout']

/** Tokens between `function` and its name; a hostile source has no name there. */
const MAX_SUBROUTINE_HEAD = 40

/** `modules`: those of the same source by name; what they call outputs is written, not read. */
export function readNames(
  body: Body,
  declarations: readonly Declaration[],
  assignments: readonly Assignment[],
  modules: ReadonlyMap<string, SourceModule>,
): ReadonlySet<string> {
  const reads = new Reads(body, modules)
  reads.leaveOutNames(declarations)
  for (const { at, targetAt, isCompound } of assignments) if (!isCompound) reads.leaveOutTarget(targetAt, at)
  reads.leaveOutOutputs()
  return reads.names()
}

class Reads {
  readonly #body: Body
  readonly #modules: ReadonlyMap<string, SourceModule>
  /** 1 where a token is a name that is read. */
  readonly #isRead: Uint8Array
  /** Names that `.*` and `.name` connect to inputs. */
  readonly #implied: string[] = []

  constructor(body: Body, modules: ReadonlyMap<string, SourceModule>) {
    this.#body = body
    this.#modules = modules
    this.#isRead = Uint8Array.from(body.tokens, (_, at) => (this.#isName(at) && this.#text(at - 1) !== '.' ? 1 : 0))
  }

  /** Declarations, names of things that are no signals, and the list of a header that only names its ports. */
  leaveOutNames(declarations: readonly Declaration[]): void {
    for (const { at } of declarations) this.#isRead[at] = 0
    for (let at = 1; at < this.#isRead.length; at++) {
      const isLabel = this.#text(at - 1) === ':' && ['begin', 'end', 'endfunction', 'endtask'].includes(this.#text(at - 2))
      if (isLabel || this.#text(at - 1) === 'module') this.#isRead[at] = 0
      if (this.#text(at) === 'function' || this.#text(at) === 'task') this.#leaveOutSubroutineName(at)
    }
    this.#leaveOutHeaderList(declarations)
  }

  /** The last word before its arguments or its end. */
  #leaveOutSubroutineName(from: number): void {
    let at = from + 1
    const end = Math.min(from + MAX_SUBROUTINE_HEAD, this.#isRead.length)
    while (at < end && !['(', ';'].includes(this.#text(at))) at = this.#behind(at)
    this.#isRead[at - 1] = 0
  }

  #leaveOutHeaderList(declarations: readonly Declaration[]): void {
    const nameAt = this.#body.tokens.findIndex((_, at) => at > 0 && this.#isName(at))
    const open = this.#text(nameAt + 1) === '#' ? this.#behind(nameAt + 2) : nameAt + 1
    if (nameAt < 0 || this.#text(open) !== '(') return
    const close = this.#behind(open)
    const isDeclaring = declarations.some(({ at, kind }) => at > open && at < close && DIRECTIONS.includes(kind))
    if (!isDeclaring) this.#isRead.fill(0, open, close)
  }

  /** Names of a target are not read; those that select from it are. */
  leaveOutTarget(from: number, to: number): void {
    for (let at = from; at < to; at++) {
      if (this.#text(at) === '[') at = this.#behind(at) - 1
      else this.#isRead[at] = 0
    }
  }

  /** What an instance or a gate gives. */
  leaveOutOutputs(): void {
    for (let at = 1; at < this.#isRead.length; at++) {
      if (GATES.has(this.#text(at))) this.#gate(at)
      else if (this.#isName(at) && this.#text(at - 1) !== '.') this.#instance(at)
    }
  }

  #gate(at: number): void {
    const open = this.#isName(at + 1) ? at + 2 : at + 1
    if (this.#text(open) !== '(') return
    this.#isRead[open - 1] = 0
    const parts = this.#parts(open)
    const outputs = MANY_OUTPUTS.has(this.#text(at)) ? parts.length - 1 : 1
    for (const [from, to] of parts.slice(0, outputs)) this.leaveOutTarget(from, to)
  }

  #instance(at: number): void {
    const nameAt = this.#text(at + 1) === '#' ? this.#behind(at + 2) : at + 1
    if (!this.#isName(nameAt)) return
    const open = this.#text(nameAt + 1) === '[' ? this.#behind(nameAt + 1) : nameAt + 1
    if (this.#text(open) !== '(') return
    this.#isRead[at] = 0
    this.#isRead[nameAt] = 0
    const ports = this.#modules.get(this.#text(at))?.ports ?? []
    this.#parts(open).forEach(([from, to], i) => this.#connection(from, to, ports, i))
  }

  #connection(from: number, to: number, ports: readonly HeaderPort[], index: number): void {
    if (this.#text(from) !== '.') {
      if (ports[index]?.direction === 'output') this.leaveOutTarget(from, to)
      return
    }
    const name = this.#text(from + 1)
    const isAll = name === '*'
    const connected = ports.filter((port) => isAll || port.name === name)
    const isOutput = connected.length > 0 && connected.every(({ direction }) => direction === 'output')
    if (isAll) this.#implied.push(...connected.filter(({ direction }) => direction !== 'output').map((port) => port.name))
    else if (this.#text(from + 2) !== '(' && !isOutput) this.#implied.push(name)
    else if (isOutput) this.leaveOutTarget(from + 3, to - 1)
  }

  /** What stands between the commas of a bracket. */
  #parts(open: number): [from: number, to: number][] {
    const close = this.#behind(open) - 1
    const parts: [number, number][] = []
    let from = open + 1
    for (let at = from; at <= close; at = this.#behind(at)) {
      if (at !== close && this.#text(at) !== ',') continue
      if (at > from) parts.push([from, at])
      from = at + 1
    }
    return parts
  }

  names(): ReadonlySet<string> {
    const named = this.#body.tokens.filter((_, at) => this.#isRead[at] === 1).map(({ text }) => text)
    return new Set([...named, ...this.#implied])
  }

  #behind(at: number): number {
    return Math.max(at, this.#body.partners[at] ?? -1) + 1
  }

  #text(at: number): string {
    return this.#body.tokens[at]?.text ?? ''
  }

  #isName(at: number): boolean {
    const token = this.#body.tokens[at]
    return token?.kind === 'word' && !isKeyword(token.text)
  }
}
