/**
 * What no tool gets to see. A completion is hardware and nothing else: whoever talks to the simulator, the file system or another scope is
 * refused. It reads tokens, so that comments and strings can neither hide nor trigger anything.
 */
import type { Refusal } from '#contract/score'
import { isKeyword } from '../verilog/keywords.ts'
import { modulesOf, type SourceModule } from '../verilog/modules.ts'
import { bracketPartners, meaningfulTokens, tokensOf, type Token } from '../verilog/tokens.ts'
import type { TestbenchNames } from './testbench/testbench-names.ts'

export interface GuardedTask {
  readonly moduleName: string
  readonly names: TestbenchNames
}

export interface Refused {
  readonly refusal: Refusal
  /** The end of a sentence that begins with "it". */
  readonly why: string
}

const MAX_BYTES = 64 * 1024

/** Functions of the language that compute a constant or reinterpret bits, and do nothing else. */
const ALLOWED_SYSTEM_NAMES = new Set(
  (
    'signed unsigned clog2 bits size high low left right increment dimensions unpacked_dimensions ' +
    'countones countbits onehot onehot0 isunknown'
  )
    .split(' ')
    .map((name) => `$${name}`),
)
const ALLOWED_DIRECTIVES = new Set(['`timescale', '`default_nettype'])
/** Attributes that only advise how to encode or keep something. */
const ALLOWED_ATTRIBUTES = new Set(['full_case', 'parallel_case', 'keep', 'fsm_encoding', 'ram_style', 'rom_style', 'dont_touch'])

const FORBIDDEN_WORDS: Readonly<Record<string, readonly [Refusal, string]>> = Object.fromEntries(
  (
    [
      ['endless-loop', 'an endless loop', 'forever'],
      ['force', 'force or release', 'force release deassign'],
      ['bind', 'bind', 'bind'],
      ['hierarchical-name', 'a parameter set from outside', 'defparam'],
      ['foreign-code', 'import or export', 'import export extern'],
      [
        'declaration',
        'a declaration other than a module',
        'program package class checker interface primitive config macromodule library virtual covergroup clocking',
      ],
      [
        'simulation-only',
        'a construct for simulation only',
        'wait wait_order fork event specify disable assert assume cover expect restrict property sequence final alias ' +
          'pullup pulldown tran rtran tranif0 tranif1 rtranif0 rtranif1 cmos rcmos nmos rnmos pmos rpmos',
      ],
    ] as const
  ).flatMap(([refusal, what, words]) => words.split(' ').map((word) => [word, [refusal, what]])),
)

/** null when tools may read it. Linear in its length. */
export function whyRefused(code: string, task: GuardedTask): Refused | null {
  if (Buffer.byteLength(code) > MAX_BYTES) return refused('too-long', `is larger than ${MAX_BYTES / 1024} KB`)
  if (isBinary(code)) return refused('not-text', 'holds signs that are no text outside of its comments')
  const tokens = meaningfulTokens(code)
  const partners = bracketPartners(tokens)
  const scopes = new Set([...structVariables(tokens, partners), ...blockLabels(tokens)])
  task.names.scopes.forEach((name) => scopes.delete(name))
  const source: Source = { tokens, partners, scopes }
  for (let i = 0; i < tokens.length; i++) {
    const problem = tokenProblem(source, i)
    if (problem !== null) return problem
  }
  return outsideProblem(code, tokens) ?? modulesProblem(modulesOf(code), tokens, task)
}

interface Source {
  readonly tokens: readonly Token[]
  /** Of bracketPartners. */
  readonly partners: Int32Array
  /** What a name of several parts may begin with: variables of a struct or union type and labels of blocks that the source itself declares. */
  readonly scopes: ReadonlySet<string>
}

/** Tools disagree on which other signs are blanks: what is one word for one of them is two for another. */
function isBinary(code: string): boolean {
  return tokensOf(code).some(({ kind, text }) =>
    kind === 'comment' ? text.includes('\0') : /[^\t\n\r\x20-\x7e]|\r(?!\n)/.test(text),
  )
}

function refused(refusal: Refusal, why: string): Refused {
  return { refusal, why }
}

function tokenProblem(source: Source, i: number): Refused | null {
  const { kind, text } = source.tokens[i]!
  switch (kind) {
    case 'directive':
      return ALLOWED_DIRECTIVES.has(text) ? null : refused('directive', `uses the directive ${text}`)
    case 'escaped':
      return refused('escaped-name', 'holds an escaped name')
    case 'system':
      return ALLOWED_SYSTEM_NAMES.has(text) ? null : systemProblem(text)
    case 'word': {
      const forbidden = Object.hasOwn(FORBIDDEN_WORDS, text) ? FORBIDDEN_WORDS[text]! : null
      return forbidden === null ? null : refused(forbidden[0], `holds ${forbidden[1]}`)
    }
    case 'symbol':
      return symbolProblem(source, i)
    default:
      return null
  }
}

function systemProblem(name: string): Refused {
  const isScope = name === '$root' || name === '$unit'
  return isScope ? refused('hierarchical-name', 'names the global scope') : refused('system-task', `calls ${name}`)
}

function symbolProblem(source: Source, i: number): Refused | null {
  const { tokens } = source
  switch (tokens[i]!.text) {
    case '#':
      return isParameterList(source, i) || isOldDelay(tokens, i) ? null : refused('delay', 'holds a delay')
    case '.':
      return isHierarchical(source, i) ? refused('hierarchical-name', 'names something in another scope') : null
    case ':':
      return tokens[i + 1]?.text === ':' && tokens[i + 1]!.start === tokens[i]!.start + 1
        ? refused('hierarchical-name', 'names something in another scope')
        : null
    case '(*':
      return attributeProblem(tokens, i)
    default:
      return null
  }
}

/** `module m #(`, or `kind #(…) name (`. A block's label may look like the latter. */
function isParameterList({ tokens, partners }: Source, i: number): boolean {
  const [before, word] = [tokens[i - 2], tokens[i - 1]]
  if (tokens[i + 1]?.text !== '(' || word?.kind !== 'word' || isKeyword(word.text)) return false
  if (before?.text === 'module' || before?.text === 'automatic') return true
  const close = partners[i + 1]!
  const after = close < 0 ? undefined : tokens[close + 1]
  return before?.text !== ':' && after?.kind === 'word' && !isKeyword(after.text)
}

/** `q <= #1 d` is an old habit that tools ignore; other delays drive a simulation. */
function isOldDelay(tokens: readonly Token[], i: number): boolean {
  return tokens[i - 1]?.text === '<=' && tokens[i + 1]?.kind === 'number'
}

/**
 * `a.b` that is neither a named connection `.port(` nor begins with a struct or a block of the source. Where its scopes are nested it may mean
 * another one all the same: testbench/alone.ts decides that.
 */
function isHierarchical({ tokens, partners, scopes }: Source, i: number): boolean {
  const before = tokens[i - 1]
  if (before === undefined || ['(', ',', '{'].includes(before.text)) return false
  let at = i - 1
  while (tokens[at]?.text === ']' && partners[at]! >= 0) at = partners[at]! - 1
  // A member of a member was looked at before.
  return tokens[at - 1]?.text !== '.' && !scopes.has(tokens[at]?.text ?? '')
}

function attributeProblem(tokens: readonly Token[], i: number): Refused | null {
  for (let at = i + 1; at < tokens.length && tokens[at]!.text !== '*)'; at++) {
    const isNamePlace = at === i + 1 || tokens[at - 1]!.text === ','
    if (isNamePlace && !ALLOWED_ATTRIBUTES.has(tokens[at]!.text)) {
      return refused('attribute', 'holds an attribute that speaks to the tool')
    }
    if (tokens[at]!.text.startsWith('(')) return refused('attribute', 'holds an attribute with an expression')
  }
  return null
}

/** `begin : label`. */
function blockLabels(tokens: readonly Token[]): string[] {
  return tokens.flatMap(({ text }, i) =>
    text === 'begin' && tokens[i + 1]?.text === ':' && tokens[i + 2]?.kind === 'word' ? [tokens[i + 2]!.text] : [],
  )
}

function structVariables(tokens: readonly Token[], partners: Int32Array): ReadonlySet<string> {
  const types = new Set<string>()
  const variables = new Set<string>()
  tokens.forEach(({ text }, close) => {
    const open = text === '}' ? partners[close]! : -1
    const kind = [1, 2, 3].findIndex((back) => ['struct', 'union'].includes(tokens[open - back]?.text ?? ''))
    if (open < 0 || kind < 0) return
    const into = tokens[open - kind - 2]?.text === 'typedef' ? types : variables
    namesFrom(tokens, partners, close + 1).forEach((name) => into.add(name))
  })
  tokens.forEach(({ text }, i) => {
    if (types.has(text)) namesFrom(tokens, partners, i + 1).forEach((name) => variables.add(name))
  })
  return variables
}

/** `a, b [3:0], c` up to whatever is no such list. */
function namesFrom(tokens: readonly Token[], partners: Int32Array, start: number): string[] {
  const names: string[] = []
  const afterRanges = (at: number): number => {
    let place = at
    while (tokens[place]?.text === '[' && partners[place]! >= 0) place = partners[place]! + 1
    return place
  }
  for (let at = afterRanges(start); ; at = afterRanges(at + 1)) {
    const token = tokens[at]
    if (token?.kind !== 'word' || isKeyword(token.text)) return names
    names.push(token.text)
    at = afterRanges(at + 1)
    if (tokens[at]?.text !== ',') return names
  }
}

/** Between modules stand only directives, which end with their line, and what belongs to a module. */
function outsideProblem(code: string, tokens: readonly Token[]): Refused | null {
  let isInside = false
  for (let i = 0; i < tokens.length; i++) {
    const { kind, text, start } = tokens[i]!
    if (isInside) {
      if (text === 'module') return refused('declaration', 'declares a module within another')
      isInside = text !== 'endmodule'
      if (!isInside && tokens[i + 1]?.text === ':') i += 2
    } else if (kind === 'directive') {
      const lineEnd = code.indexOf('\n', start)
      while (i + 1 < tokens.length && (lineEnd < 0 || tokens[i + 1]!.start < lineEnd)) i++
    } else if (text === '(*') {
      while (i + 1 < tokens.length && tokens[i]!.text !== '*)') i++
    } else if (text === 'module') {
      isInside = true
    } else if (text !== ';') {
      const hasModule = tokens.some((token) => token.text === 'module')
      return hasModule
        ? refused('outside-module', 'says something outside of any module')
        : refused('wrong-module', 'has no module that can be read')
    }
  }
  return null
}

function modulesProblem(
  modules: readonly SourceModule[],
  tokens: readonly Token[],
  { moduleName, names: reserved }: GuardedTask,
): Refused | null {
  const names = modules.map(({ name }) => name)
  if (names.length === 0) return refused('wrong-module', 'has no module that can be read')
  if (!names.includes(moduleName)) {
    return refused('wrong-module', `has no module named ${moduleName}, only ${names.slice(0, 3).join(', ')}`)
  }
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice !== undefined) return refused('repeated-module', `has two modules named ${twice}`)
  const taken = reservedUse(tokens, new Set(reserved.modules.filter((name) => name !== moduleName)), new Set(reserved.globals))
  if (taken !== null) return refused('reserved-name', `uses the name ${taken}, which belongs to the testbench`)
  const known = new Map(modules.map((module) => [module.name, module]))
  const stranger = modules.flatMap(({ instances }) => instances).find(({ module }) => !known.has(module))
  if (stranger !== undefined) {
    return refused('reserved-name', `instantiates the module ${stranger.module}, which it does not bring`)
  }
  const recursive = names.find((name) => reaches(known, name, name))
  if (recursive !== undefined) return refused('recursion', `has the module ${recursive} within itself`)
  const stray = names.find((name) => name !== moduleName && !reaches(known, moduleName, name))
  return stray === undefined ? null : refused('stray-module', `has the module ${stray}, which ${moduleName} does not use`)
}

/** A testbench's module named where a module or an instance is; a signal may be called the same. */
function reservedUse(tokens: readonly Token[], reserved: ReadonlySet<string>, globals: ReadonlySet<string>): string | null {
  const use = tokens.find(({ kind, text }, i) => {
    if (kind !== 'word') return false
    if (text.startsWith('zz_') || globals.has(text)) return true
    if (!reserved.has(text)) return false
    const next = tokens[i + 1]
    return tokens[i - 1]?.text === 'module' || next?.kind === 'word' || next?.text === '#' || next?.text === '('
  })
  return use?.text ?? null
}

function reaches(known: ReadonlyMap<string, SourceModule>, from: string, to: string, seen = new Set<string>()): boolean {
  if (seen.has(from)) return false
  seen.add(from)
  const below = known.get(from)!.instances.map(({ module }) => module)
  return below.includes(to) || below.some((name) => reaches(known, name, to, seen))
}
