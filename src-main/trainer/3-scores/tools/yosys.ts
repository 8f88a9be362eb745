/**
 * Yosys as WebAssembly: no file system, no network, no processes. One run reads a module, checks it, and gives its word-level netlist;
 * mapping to gates would take four times as long and our simulator does not need it.
 */
import { runYosys, version } from '@yowasp/yosys'
import type { Diagnostic } from '#contract/score'
import { parseNetlist, type Netlist } from '../verilog/netlist.ts'

export const YOSYS_VERSION: string = version

const FILE = 'design.v'

export type Synthesis =
  | { readonly outcome: 'synthesised'; readonly netlist: Netlist; readonly warnings: readonly Diagnostic[] }
  | { readonly outcome: 'rejected'; readonly diagnostics: readonly Diagnostic[] }
  | { readonly outcome: 'crashed'; readonly reason: string }

/** The latch check needs the netlist before any mapping: afterwards a latch is made of gates. */
function script(moduleName: string): string {
  return [
    `read_verilog -sv ${FILE}`,
    `hierarchy -check -top ${moduleName}`,
    'proc',
    'flatten',
    'check',
    'opt_expr',
    'opt_clean',
    'memory_collect',
    'memory_map',
    'opt_clean',
    'write_json netlist.json',
  ].join('; ')
}

/** Reads, elaborates and synthesises a module to words. The name must be a plain identifier. */
export async function synthesise(code: string, moduleName: string): Promise<Synthesis> {
  if (!/^[A-Za-z_]\w*$/.test(moduleName)) throw new RangeError(`not a module name: ${moduleName}`)
  let log = ''
  const collect = (bytes: Uint8Array | null): void => {
    if (bytes !== null && log.length < 20_000) log += new TextDecoder().decode(bytes)
  }
  try {
    const files = await runYosys(['-q', '-p', script(moduleName)], { [FILE]: code }, { stdout: null, stderr: collect })
    const json = (files as Record<string, string | Uint8Array>)['netlist.json']
    if (json === undefined) return { outcome: 'crashed', reason: 'Yosys wrote no netlist' }
    const netlist = parseNetlist(typeof json === 'string' ? json : new TextDecoder().decode(json), moduleName)
    return { outcome: 'synthesised', netlist, warnings: diagnosticsOf(log).filter(({ severity }) => severity === 'warning') }
  } catch (error) {
    const diagnostics = diagnosticsOf(log)
    // An exit status is Yosys's own refusal; anything else is a trap of the machine below it.
    if (diagnostics.some(({ severity }) => severity === 'error')) return { outcome: 'rejected', diagnostics }
    return { outcome: 'crashed', reason: error instanceof Error ? error.message : String(error) }
  }
}

/** Lines such as `design.v:2: ERROR: syntax error`, `Warning: …`, `ERROR: …`. */
function diagnosticsOf(log: string): Diagnostic[] {
  return log.split('\n').flatMap((text): Diagnostic[] => {
    const match = /^(?:design\.v:(\d+)(?:[.:][\d.-]*)*:?\s*)?(ERROR|Warning):\s*(.*)$/i.exec(text.trim())
    if (match === null) return []
    const inside = /design\.v:(\d+)/.exec(match[3]!)
    const line = match[1] ?? inside?.[1]
    const severity = match[2]!.toLowerCase() === 'error' ? 'error' : 'warning'
    return [
      {
        severity,
        line: line === undefined ? null : Number(line),
        message: match[3]!.replace(/\bdesign\.v:[\d.-]+:?\s*/g, '').slice(0, 500),
      },
    ]
  })
}
