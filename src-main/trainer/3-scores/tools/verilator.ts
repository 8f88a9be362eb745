/** Verilator as a reader of style: `--lint-only -Wall` takes 6 ms of processor time. It compiles nothing and runs nothing. */
import type { Finding } from '../quality/finding.ts'
import { verilatorFindings } from '../quality/verilator-findings.ts'
import { tokensOf } from '../../verilog/tokens.ts'
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
    files: { [DESIGN]: lintedText(code) },
    steps: [lintStep(verilatorPath, moduleName)],
    limits: LIMITS,
  })
  return verilatorFindings(stderr)
}

export const LINT_FILE = DESIGN

/** Reads LINT_FILE, which holds what `lintedText` made of the design. */
export function lintStep(verilatorPath: string, moduleName: string): Step {
  if (!/^[A-Za-z_]\w*$/.test(moduleName)) throw new RangeError(`not a module name: ${moduleName}`)
  // The language that Icarus Verilog and Yosys are told to read as well.
  const words = ['--lint-only', '-Wall', '-Wno-fatal', '--language', '1800-2017', '--top-module', moduleName, DESIGN]
  return { words: [verilatorPath, ...words] }
}

/**
 * Without comments, in which a design could tell Verilator to be silent, and without the delay of `<= #1`, at which version 5 gives up.
 * Lines stay where they are.
 */
export function lintedText(code: string): string {
  let before = ''
  const texts = tokensOf(code).map(({ kind, text }) => {
    if (kind === 'comment' || kind === 'space') return text.replace(/[^\n]/g, ' ')
    const isDelay = (before === '<=' && text === '#') || (before === '<=#' && kind === 'number')
    before = before === '<=' && text === '#' ? '<=#' : text
    return isDelay ? '' : text
  })
  return `${texts.join('')}\n`
}
