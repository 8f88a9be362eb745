/** The modules of a source as tokens, each with what its measures need. */
import { modulesOf, type SourceModule } from '../../verilog/modules.ts'
import { bracketPartners, meaningfulTokens, type Token } from '../../verilog/tokens.ts'
import type { Body } from './declarations.ts'

export interface ModuleBody extends Body {
  readonly module: SourceModule
  /** No other module of the source uses it: its ports are not its author's to name. */
  readonly isTop: boolean
  /** Line of a token, from 1 in the whole source. */
  lineOf(at: number): number
}

export function moduleBodiesOf(code: string): ModuleBody[] {
  const modules = modulesOf(code)
  const used = new Set(modules.flatMap(({ instances }) => instances.map(({ module }) => module)))
  const tokens = withoutAsides(code, meaningfulTokens(code))
  const starts = lineStarts(code)
  let from = 0
  return modules.map((module) => {
    while (from < tokens.length && tokens[from]!.start < module.start) from++
    let to = from
    while (to < tokens.length && tokens[to]!.start < module.end) to++
    const own = tokens.slice(from, to)
    from = to
    const lineOf = (at: number): number => lineAt(starts, own[at]!.start)
    return { module, isTop: !used.has(module.name), tokens: own, partners: bracketPartners(own), lineOf }
  })
}

/** Without attributes, and without directives and what stands behind them in their line. */
function withoutAsides(code: string, tokens: readonly Token[]): Token[] {
  const kept: Token[] = []
  let skipTo = -1
  let isAttribute = false
  for (const token of tokens) {
    if (token.text === '(*') isAttribute = true
    if (token.kind === 'directive' && token.start >= skipTo) {
      const lineEnd = code.indexOf('\n', token.start)
      skipTo = lineEnd < 0 ? code.length : lineEnd
    }
    if (!isAttribute && token.start >= skipTo) kept.push(token)
    if (token.text === '*)') isAttribute = false
  }
  return kept
}

function lineStarts(code: string): number[] {
  const starts = [0]
  for (let at = code.indexOf('\n'); at >= 0; at = code.indexOf('\n', at + 1)) starts.push(at + 1)
  return starts
}

function lineAt(starts: readonly number[], offset: number): number {
  let low = 0
  let high = starts.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (starts[middle]! <= offset) low = middle + 1
    else high = middle
  }
  return low
}
