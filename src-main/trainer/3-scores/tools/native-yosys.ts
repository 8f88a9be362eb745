/** The Yosys of this machine: a process takes a third of the time that WebAssembly does. It reads the same script, in the box of the simulation. */
import type { FoundTool } from './find-tools.ts'
import type { SandboxResult, Step } from './sandbox.ts'
import { synthesise, synthesisOf, wordLevelScript, YOSYS_FILES, type Synthesis } from './yosys.ts'

const LOG = 'zz_yosys.log'

/** What native Yosys left of a design, to be read where designs are scored. */
export interface NativeSynthesis {
  /** As `write_json` wrote it; undefined when it refused. */
  readonly json: string | undefined
  readonly log: string
  readonly version: string
}

/** Files that a job with `yosysStep` brings back. */
export const YOSYS_OUTPUT = [YOSYS_FILES.netlist, LOG]

/** The design must lie in the box as YOSYS_FILES.design. */
export function yosysStep(yosys: FoundTool, moduleName: string): Step {
  return { words: [yosys.path, '-q', '-p', wordLevelScript(moduleName)], into: LOG, isOptional: true }
}

/** null when it was not reached. */
export function nativeSynthesisOf({ version }: FoundTool, files: SandboxResult['files']): NativeSynthesis | null {
  const log = files[LOG]
  return log === undefined ? null : { json: files[YOSYS_FILES.netlist], log: log.slice(0, 20_000), version }
}

/** Native Yosys has the first word where it was asked; what it does not know goes to the one that comes with VeriTune. */
export async function synthesisedBy(
  native: NativeSynthesis | null,
  code: string,
  moduleName: string,
): Promise<{ readonly synthesis: Synthesis; readonly isNative: boolean }> {
  const synthesis = native === null ? null : synthesisOf(native.json, native.log, moduleName)
  if (synthesis?.outcome === 'synthesised') return { synthesis, isNative: true }
  return { synthesis: await synthesise(code, moduleName), isNative: false }
}
