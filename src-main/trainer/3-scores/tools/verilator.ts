/** Verilator as a reader of style: `--lint-only -Wall` takes 6 ms of processor time. It compiles nothing and runs nothing. */
import type { Finding } from '../quality/finding.ts'
import { toolTextOf } from '../../verilog/tool-text.ts'
import { verilatorFindings } from '../quality/verilator-findings.ts'
import type { Runner, SandboxLimits, Step } from './sandbox.ts'

const DESIGN = 'zz_lint.v'
const LIMITS: SandboxLimits = {
  wallMs: 10_000,
  cpuSeconds: 2,
  memoryBytes: 1e9,
  fileBytes: 1e6,
  folderBytes: 4e6,
  outputBytes: 1e6,
}

/**
 * Findings of Verilator in a design that compiles; what it has said so far where it gives up. `verilatorPath`: the program verilator_bin, for the
 * program verilator is a Perl script. Rejects only when the box itself fails.
 */
export async function lint(runner: Runner, verilatorPath: string, code: string, moduleName: string): Promise<Finding[]> {
  const { stderr } = await runner.run({
    files: { [DESIGN]: toolTextOf(code) },
    steps: [lintStep(verilatorPath, moduleName)],
    limits: LIMITS,
  })
  return verilatorFindings(stderr)
}

export const LINT_FILE = DESIGN

/** Reads LINT_FILE, which holds what `toolTextOf` made of the design: version 5 gives up at the delay of `q <= #1 d`. */
export function lintStep(verilatorPath: string, moduleName: string): Step {
  if (!/^[A-Za-z_]\w*$/.test(moduleName)) throw new RangeError(`not a module name: ${moduleName}`)
  // The language that Icarus Verilog and Yosys are told to read as well.
  const words = ['--lint-only', '-Wall', '-Wno-fatal', '--language', '1800-2017', '--top-module', moduleName, DESIGN]
  return { words: [verilatorPath, ...words] }
}
