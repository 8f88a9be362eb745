/** Modules of a source, read off its tokens: names, ports, and what each instantiates. No elaboration: widths are known where they are plain numbers. */
import { isKeyword } from './keywords.ts'
import { bracketPartners, meaningfulTokens, type Token } from './tokens.ts'

export interface HeaderPort {
  readonly name: string
  readonly direction: 'input' | 'output' | 'inout'
  /** Bits; null where the range is not made of plain numbers. */
  readonly width: number | null
}

export interface SourceModule {
  readonly name: string
  /** In the order of the header; a port without a direction is left out. */
  readonly ports: readonly HeaderPort[]
  readonly instances: readonly { readonly module: string; readonly name: string }[]
  /** It has its `endmodule`. */
  readonly isWhole: boolean
  /** Offsets in the source: of `module`, and behind `endmodule`. */
  readonly start: number
  readonly end: number
}

/** The source that was read last: one text is asked about several times in a row. */
let last: { readonly code: string; readonly modules: readonly SourceModule[] } = { code: '', modules: [] }

/** In the order of the source. A module without its end reaches to the end of the source. Linear in its length. */
export function modulesOf(code: string): readonly SourceModule[] {
  if (last.code !== code) last = { code, modules: readModules(code) }
  return last.modules
}

function readModules(code: string): SourceModule[] {
  const tokens = meaningfulTokens(code)
  const modules: SourceModule[] = []
  let first = -1
  tokens.forEach((token, i) => {
    if (first < 0 && isWord(token, 'module')) first = i
    const isLast = isWord(token, 'endmodule') || i === tokens.length - 1
    if (first < 0 || !isLast) return
    const isWhole = isWord(token, 'endmodule')
    const end = isWhole ? token.start + token.text.length : code.length
    modules.push({ ...moduleOf(tokens.slice(first, i + 1)), isWhole, end })
    first = -1
  })
  return modules
}

function moduleOf(tokens: readonly Token[]): Omit<SourceModule, 'isWhole' | 'end'> {
  const partners = bracketPartners(tokens)
  const nameAt = tokens.findIndex((token, i) => i > 0 && isName(token))
  let at = nameAt + 1
  if (tokens[at]?.text === '#') at = behind(partners, at + 1)
  const bodyAt = tokens[at]?.text === '(' ? behind(partners, at) : at
  const isDeclaring = tokens.slice(at, bodyAt).some(isDirection)
  const declarations = isDeclaring ? [tokens.slice(at + 1, bodyAt)] : bodyDeclarations(tokens, bodyAt)
  return {
    name: tokens[nameAt]?.text ?? '',
    ports: declarations.flatMap((part) => portsOf(part)),
    instances: instancesOf(tokens, partners, bodyAt),
    start: tokens[0]!.start,
  }
}

/** `input …;` in the body of a module whose header only names its ports. */
function bodyDeclarations(tokens: readonly Token[], bodyAt: number): Token[][] {
  const parts: Token[][] = []
  let start = -1
  for (let i = bodyAt; i < tokens.length; i++) {
    if (start < 0 && isDirection(tokens[i]!)) start = i
    if (start < 0 || tokens[i]!.text !== ';') continue
    parts.push(tokens.slice(start, i + 1))
    start = -1
  }
  return parts
}

/** Declarations such as `input wire [3:0] a, b, output reg c;`: a direction and a range hold until the next. */
function portsOf(tokens: readonly Token[]): HeaderPort[] {
  const ports: HeaderPort[] = []
  const partners = bracketPartners(tokens)
  let direction: HeaderPort['direction'] | null = null
  let width: number | null = 1
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i]!
    if (isDirection(token)) {
      direction = token.text as HeaderPort['direction']
      width = 1
    } else if (token.text === '[') {
      const after = behind(partners, i)
      // A range behind a name is a memory's, which no port has.
      width = widthOf(tokens.slice(i + 1, after - 1))
      i = after - 1
    } else if (token.text === '=') {
      while (i + 1 < tokens.length && tokens[i + 1]!.text !== ',' && tokens[i + 1]!.text !== ';') i++
    } else if (token.kind === 'word' && !isKeyword(token.text) && direction !== null && endsPort(tokens[i + 1])) {
      ports.push({ name: token.text, direction, width })
    }
  }
  return ports
}

function endsPort(token: Token | undefined): boolean {
  return token === undefined || [',', ';', '=', ')'].includes(token.text)
}

function widthOf(range: readonly Token[]): number | null {
  const [high, colon, low, ...rest] = range
  if (high?.kind !== 'number' || colon?.text !== ':' || low?.kind !== 'number' || rest.length > 0) return null
  const width = Math.abs(Number(high.text) - Number(low.text)) + 1
  return Number.isSafeInteger(width) ? width : null
}

/** `kind name (`, `kind #(…) name (`, `kind name [range] (`: two names that are no keywords stand so nowhere else. */
function instancesOf(tokens: readonly Token[], partners: Int32Array, bodyAt: number): { module: string; name: string }[] {
  const instances: { module: string; name: string }[] = []
  for (let i = bodyAt; i < tokens.length; i++) {
    if (!isName(tokens[i]!)) continue
    let at = i + 1
    if (tokens[at]?.text === '#') at = tokens[at + 1]?.text === '(' ? behind(partners, at + 1) : at + 2
    const name = tokens[at]
    if (name === undefined || !isName(name)) continue
    if (tokens[at + 1]?.text === '[') at = behind(partners, at + 1) - 1
    if (tokens[at + 1]?.text === '(') instances.push({ module: tokens[i]!.text, name: name.text })
  }
  return instances
}

/** Place behind the partner of the bracket at `at`; the end where it has none. */
function behind(partners: Int32Array, at: number): number {
  const partner = partners[at] ?? -1
  return partner < 0 ? partners.length : partner + 1
}

function isDirection({ kind, text }: Token): boolean {
  return kind === 'word' && (text === 'input' || text === 'output' || text === 'inout')
}

function isName({ kind, text }: Token): boolean {
  return kind === 'word' && !isKeyword(text)
}

function isWord(token: Token | undefined, text: string): boolean {
  return token?.kind === 'word' && token.text === text
}
