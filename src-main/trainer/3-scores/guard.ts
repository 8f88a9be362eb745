/**
 * What no tool gets to see. A completion is a hardware module and nothing else: whoever talks to the simulator, the file system or another
 * scope is refused. Comments and strings are blanked first, so that they can neither hide nor trigger anything.
 */
import { withoutComments } from './extract.ts'

const MAX_BYTES = 64 * 1024
/** Functions of the language that compute a constant or reinterpret bits, and do nothing else. */
const ALLOWED_SYSTEM_NAMES = new Set([
  '$signed',
  '$unsigned',
  '$clog2',
  '$bits',
  '$size',
  '$countones',
  '$onehot',
  '$onehot0',
  '$high',
  '$low',
])
const ALLOWED_DIRECTIVES = new Set(['`timescale', '`default_nettype'])

/** `(* name, name = value *)`, but not the `(*)` of a sensitivity list. */
const ATTRIBUTE = /\(\*(?!\s*\))([\s\S]*?)\*\)/g
/** Attributes that only advise how to encode or keep something. */
const ALLOWED_ATTRIBUTES = /^\s*(full_case|parallel_case|keep|fsm_encoding|ram_style|dont_touch)(\s*=\s*[\w ]*)?\s*$/

const FORBIDDEN: readonly (readonly [RegExp, string])[] = [
  [/\bforever\b/, 'an endless loop'],
  // It may hold the signs of comments and strings, so that what we blank and what a tool reads would differ.
  [/\\/, 'an escaped name'],
  [/\b(force|release)\b/, 'force or release'],
  [/\bbind\b/, 'bind'],
  [/\b(import|export)\b/, 'import or export'],
  [/\$root\b|\$unit\b/, 'the global scope'],
  [/\b(program|package|class|checker|interface|primitive|config|macromodule|library)\b/, 'a declaration other than a module'],
  [/\b(wait|fork|event|specify|disable)\b/, 'a construct for simulation only'],
  // `q <= #1 d` is an old habit that tools ignore; other delays drive a simulation.
  [/(?<!<=\s*)#\s*[\d(]/, 'a delay'],
]

/** Null when the module may be read by tools, else why not, as the end of a sentence. */
export function whyRefused(code: string, moduleName: string): string | null {
  if (Buffer.byteLength(code) > MAX_BYTES) return `it is larger than ${MAX_BYTES / 1024} KB`
  if (code.includes('\0')) return 'it holds a zero byte'
  const text = withoutComments(code)
  for (const [name] of text.matchAll(/\$[A-Za-z_]\w*/g)) {
    if (!ALLOWED_SYSTEM_NAMES.has(name)) return `it calls ${name}`
  }
  for (const [name] of text.matchAll(/`\w*/g)) if (!ALLOWED_DIRECTIVES.has(name)) return `it uses the directive ${name}`
  // `#(` introduces parameters in a module header or an instance; elsewhere it is a delay.
  const plain = text.replace(/\bmodule\s+\w+\s*#\s*\(/g, 'module (')
  for (const [pattern, what] of FORBIDDEN) if (pattern.test(plain)) return `it holds ${what}`
  for (const [, name] of text.matchAll(ATTRIBUTE)) {
    if (!ALLOWED_ATTRIBUTES.test(name!)) return 'it holds an attribute that speaks to the tool'
  }
  const names = [...text.matchAll(/\bmodule\s+(\S*?)\s*[#(;]/g)].map((match) => match[1]!)
  if (names.length !== 1) return names.length === 0 ? 'no module header can be read' : 'it holds more than one module'
  if (names[0] !== moduleName) return `its module is named ${names[0]}, not ${moduleName}`
  if (new RegExp(`\\b(?<!\\bmodule\\s+)${moduleName}\\s+[#\\w]`).test(text)) return 'it instantiates itself'
  if (hasHierarchicalName(text)) return 'it names something in another scope'
  return null
}

/** `a.b` that is neither a named connection `.port(` nor part of a number. */
function hasHierarchicalName(text: string): boolean {
  return /[\w\])]\s*\.\s*[A-Za-z_]/.test(text)
}
