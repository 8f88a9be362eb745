/** What a model must know of a design before it can write it: its name and its ports. */
import { modulesOf, type SourceModule } from '../../verilog/modules.ts'
import { tokensOf, type Token } from '../../verilog/tokens.ts'

/** The words; where they do not say the module's name and all its ports, with the header of the reference below them. */
export function statedInterface(text: string, moduleName: string, reference: string | null): string {
  const module = reference === null ? undefined : modulesOf(reference).find(({ name }) => name === moduleName)
  const words = new Set(text.match(/[\w$]+/g))
  const isNamed = words.has(moduleName)
  if (isNamed && (module === undefined || saysPorts(words, module))) return text
  const header = reference === null || module === undefined ? null : headerOf(reference.slice(module.start, module.end))
  const added = [
    ...(isNamed ? [] : [`The module must be named ${moduleName}.`]),
    ...(header === null ? [] : [`Its interface:\n\n${header}`]),
  ]
  return added.length === 0 ? text : `${text}\n\n${added.join(' ')}`
}

/** All names stand there, and so does what they are: `a` alone may be an article. */
function saysPorts(words: ReadonlySet<string>, { ports }: SourceModule): boolean {
  return [...words].some((word) => /^(in|out)puts?$/i.test(word)) && ports.every(({ name }) => words.has(name))
}

/** `module m(…);`, with the declarations from the body where the header only names its ports; null for a module without any. */
function headerOf(module: string): string | null {
  const header = untilSemicolon(module)
  if (header === null) return null
  const text = header.map((token) => token.text).join('')
  if (header.some(isDirection)) return text
  const declarations = portDeclarations(tokensOf(module.slice(text.length)))
  return declarations.length === 0 ? null : [text, ...declarations.map((declaration) => `  ${declaration}`)].join('\n')
}

/** The tokens up to the first semicolon that stands in no comment; null where none does. Most modules are long behind it, so the first is tried alone. */
function untilSemicolon(code: string): readonly Token[] | null {
  const first = tokensOf(code.slice(0, code.indexOf(';') + 1))
  if (isSemicolon(first.at(-1))) return first
  const tokens = tokensOf(code)
  const end = tokens.findIndex(isSemicolon)
  return end < 0 ? null : tokens.slice(0, end + 1)
}

function isSemicolon(token: Token | undefined): boolean {
  return token?.kind === 'symbol' && token.text === ';'
}

/** `input …;` and the parameters that they may need, not those of functions and tasks. */
function portDeclarations(tokens: readonly Token[]): string[] {
  const declarations: string[] = []
  let isInside = false
  let open: string | null = null
  for (const token of tokens) {
    const { kind, text } = token
    if (kind === 'word' && /^(end)?(function|task)$/.test(text)) isInside = !text.startsWith('end')
    if (open === null && !isInside && (isDirection(token) || (kind === 'word' && text === 'parameter'))) open = ''
    if (open === null) continue
    open += text
    if (!isSemicolon(token)) continue
    declarations.push(open)
    open = null
  }
  return declarations
}

function isDirection({ kind, text }: Token): boolean {
  return kind === 'word' && (text === 'input' || text === 'output' || text === 'inout')
}
