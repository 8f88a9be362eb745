/**
 * Yosys as WebAssembly: no file system, no network, no processes. One run reads a module, checks it, and gives its word-level netlist;
 * mapping to gates would take four times as long and our simulator does not need it.
 */
import { runYosys, version } from '@yowasp/yosys'
import type { Diagnostic } from '#contract/score'
import { parseNetlist, type Netlist } from '../verilog/netlist.ts'
import { encodeYosysLibrary } from './yosys-library.ts'

export const YOSYS_VERSION: string = version

let library: Promise<void> | null = null

/** What a script reads and writes; beside it may lie files of a data set, whose names do not begin so. */
export const YOSYS_FILES = { design: 'zz_design.v', netlist: 'zz_netlist.json' } as const

export type Synthesis =
  | { readonly outcome: 'synthesised'; readonly netlist: Netlist; readonly warnings: readonly Diagnostic[] }
  | { readonly outcome: 'rejected'; readonly diagnostics: readonly Diagnostic[] }
  | { readonly outcome: 'crashed'; readonly reason: string }

/** The latch check needs the netlist before any mapping: afterwards a latch is made of gates. */
export function wordLevelScript(moduleName: string): string {
  if (!/^[A-Za-z_]\w*$/.test(moduleName)) throw new RangeError(`not a module name: ${moduleName}`)
  return [
    `read_verilog -sv ${YOSYS_FILES.design}`,
    `hierarchy -check -top ${moduleName}`,
    'proc',
    'flatten',
    'check',
    'opt_expr',
    'opt_clean',
    'memory_collect',
    'memory_map',
    'opt_clean',
    `write_json ${YOSYS_FILES.netlist}`,
  ].join('; ')
}

/** Reads, elaborates and synthesises a module to words. The name must be a plain identifier. */
export async function synthesise(code: string, moduleName: string): Promise<Synthesis> {
  let log = ''
  const collect = (bytes: Uint8Array | null): void => {
    if (bytes !== null && log.length < 20_000) log += new TextDecoder().decode(bytes)
  }
  const script = wordLevelScript(moduleName)
  await (library ??= encodeYosysLibrary())
  try {
    const files = await runYosys(['-q', '-p', script], { [YOSYS_FILES.design]: code }, { stdout: null, stderr: collect })
    const json = (files as Record<string, string | Uint8Array>)[YOSYS_FILES.netlist]
    return synthesisOf(json === undefined || typeof json === 'string' ? json : new TextDecoder().decode(json), log, moduleName)
  } catch (error) {
    return synthesisOf(undefined, log, moduleName, error instanceof Error ? error.message : String(error))
  }
}

/** What a run of the script left behind; `json` is undefined when it wrote no netlist. */
export function synthesisOf(
  json: string | undefined,
  log: string,
  moduleName: string,
  reason = 'Yosys wrote no netlist',
): Synthesis {
  const diagnostics = diagnosticsOf(log)
  if (json === undefined) {
    // An exit status is Yosys's own refusal; anything else is a trap of the machine below it.
    const isRefused = diagnostics.some(({ severity }) => severity === 'error')
    return isRefused ? { outcome: 'rejected', diagnostics } : { outcome: 'crashed', reason }
  }
  const warnings = diagnostics.filter(({ severity }) => severity === 'warning')
  return { outcome: 'synthesised', netlist: parseNetlist(json, moduleName), warnings }
}

/** Lines such as `zz_design.v:2: ERROR: syntax error`, `Warning: …`, `ERROR: …`. */
function diagnosticsOf(log: string): Diagnostic[] {
  return log.split('\n').flatMap((text): Diagnostic[] => {
    const match = /^(?:zz_design\.v:(\d+)[.:\d-]*\s*)?(ERROR|Warning):\s*(.*)$/i.exec(text.slice(0, 1_000).trim())
    if (match === null) return []
    const inside = /zz_design\.v:(\d+)/.exec(match[3]!)
    const line = match[1] ?? inside?.[1]
    const severity = match[2]!.toLowerCase() === 'error' ? 'error' : 'warning'
    return [
      {
        severity,
        line: line === undefined ? null : Number(line),
        message: match[3]!.replace(/\bzz_design\.v:[\d.-]+:?\s*/g, '').slice(0, 500),
      },
    ]
  })
}
