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

const FORBIDDEN: readonly (readonly [RegExp, string])[] = [
  [/\binitial\s+forever\b|\binitial\s+begin\b[\s\S]*\bforever\b/, 'an endless initial block'],
  [/\b(force|release)\b/, 'force or release'],
  [/\bbind\b/, 'bind'],
  [/\b(import|export)\b/, 'import or export'],
  [/\$root\b|\$unit\b/, 'the global scope'],
  [
    /\(\*\s*[^)]*\b(blackbox|whitebox|keep_hierarchy|techmap\w*|extract\w*|lib_whitebox|blackbox)\b/i,
    'an attribute that speaks to the tool',
  ],
  [/\b(program|package|class|checker|interface|primitive|config|macromodule|library)\b/, 'a declaration other than a module'],
  [/\b(wait|fork|event|specify|disable)\b/, 'a construct for simulation only'],
  [/(^|[^\w'])#\s*[\d(]/m, 'a delay'],
]

/** Null when the module may be read by tools, else why not, as the end of a sentence. */
export function whyRefused(code: string, moduleName: string): string | null {
  if (Buffer.byteLength(code) > MAX_BYTES) return `it is larger than ${MAX_BYTES / 1024} KB`
  if (code.includes('\0')) return 'it holds a zero byte'
  const text = withoutComments(code)
  for (const [name] of text.matchAll(/\$[A-Za-z_]\w*/g)) {
    if (!ALLOWED_SYSTEM_NAMES.has(name)) return `it calls ${name}`
  }
  for (const [name] of text.matchAll(/`\w+/g)) if (!ALLOWED_DIRECTIVES.has(name)) return `it uses the directive ${name}`
  // `#(` introduces parameters in a module header or an instance; elsewhere it is a delay.
  const plain = text.replace(/\bmodule\s+\w+\s*#\s*\(/g, 'module (')
  for (const [pattern, what] of FORBIDDEN) if (pattern.test(plain)) return `it holds ${what}`
  const names = [...text.matchAll(/\bmodule\s+(\\?\S*?)\s*[#(;]/g)].map((match) => match[1]!)
  if (names.length !== 1) return names.length === 0 ? 'no module header can be read' : 'it holds more than one module'
  if (names[0] !== moduleName) return `its module is named ${names[0]}, not ${moduleName}`
  if (hasHierarchicalName(text)) return 'it names something in another scope'
  return null
}

/** `a.b` that is neither a named connection `.port(` nor part of a number. */
function hasHierarchicalName(text: string): boolean {
  return /[A-Za-z_\])]\s*\.\s*[A-Za-z_]/.test(text)
}
