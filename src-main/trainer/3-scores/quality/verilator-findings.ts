/** The log of `verilator --lint-only -Wall` as findings. */
import type { Finding } from './finding.ts'

/** About the file that we write for the tool, about what the guard allows on purpose, or about no flaw at all. */
const IGNORED: ReadonlySet<string> = new Set([
  'DECLFILENAME',
  'EOFNEWLINE',
  'TIMESCALEMOD',
  'ASSIGNDLY',
  'STMTDLY',
  'GENUNNAMED',
  'UNUSEDGENVAR',
  'VARHIDDEN',
  'NEEDTIMINGOPT',
  'UNSUPPORTED',
])

/**
 * `%Warning-UNUSEDSIGNAL: zz_lint.v:3:12: Signal is not used: 'dead'`. Some classes are errors to Verilator alone, such as BLKANDNBLK; what it does
 * not support has no class, or one that is ignored.
 */
const WARNING = /^%(?:Warning|Error)-(?<kind>[A-Z0-9_]+): [^:\s]+:(?<line>\d+):\d+: (?<message>.*)$/

/** In characters: no warning is as long as the one, no log of a design as the other. What runs in the box may have written its own. */
const LONGEST_LINE = 500
const LONGEST_LOG = 1e6

/** In the order of the log; explanations and positions below a warning are left out. */
export function verilatorFindings(log: string): Finding[] {
  const lines = log.slice(0, LONGEST_LOG).split('\n')
  return lines.flatMap((text): Finding[] => {
    const { kind, line, message } = WARNING.exec(text.slice(0, LONGEST_LINE))?.groups ?? {}
    if (kind === undefined || IGNORED.has(kind)) return []
    const name = /(?<!\w)'([A-Za-z_][\w$.]*)'/.exec(message!)?.[1]?.split('.').at(-1) ?? null
    const plain = message!.replace(/(?<![.\s])[.\s]+$/, '').slice(0, 300)
    return [{ class: presentName(kind, message!), name, line: Number(line), message: `Verilator warns: ${plain}` }]
  })
}

/** Later versions have split what version 5.006 and earlier ones call WIDTH and UNUSED. */
function presentName(kind: string, message: string): string {
  if (kind === 'UNUSED') return /^Parameter/.test(message) ? 'UNUSEDPARAM' : 'UNUSEDSIGNAL'
  if (kind === 'WIDTHXZEXPAND') return 'WIDTHEXPAND'
  if (kind !== 'WIDTH') return kind
  const sizes = /expects (\d+) bits.* generates (\d+) bits/.exec(message)
  return sizes !== null && Number(sizes[2]) < Number(sizes[1]) ? 'WIDTHEXPAND' : 'WIDTHTRUNC'
}
