/**
 * A design compiled by itself, before a testbench that came with the task stands beside it. Names of Verilog are looked for upwards, through
 * whatever instantiates a design: here there is nothing above it, so that what it calls and reads must be its own. And its inputs have no driver
 * yet: one that has was driven by the design, which would change what everything else on that net sees.
 */
import type { Step } from '../tools/sandbox.ts'
import { YOSYS_FILES } from '../tools/yosys.ts'
import { coreCompile, needsNoPreprocessor, type IcarusCore } from './icarus-core.ts'

export const ALONE_PROGRAM = 'zz_alone.vvp'

/** Files and step that compile the design as the top of its own. */
export function aloneCompile(
  code: string,
  moduleName: string,
  core: IcarusCore | null,
): { files: Readonly<Record<string, string>>; step: Step } {
  const { design } = YOSYS_FILES
  if (core !== null && needsNoPreprocessor(code)) {
    return coreCompile(core, [[design, code]], { top: moduleName, output: ALONE_PROGRAM, prefix: 'zz_alone' })
  }
  return { files: {}, step: { words: ['iverilog', '-g2012', '-s', moduleName, '-o', ALONE_PROGRAM, design] } }
}

/**
 * The first input port of the top module that has a driver; null where none has. `program`: what Icarus made of the design alone. It lists the ports
 * behind the scope of their module, then its nets with what drives each; an operand that begins with `o` is open.
 */
export function drivenInput(program: string, moduleName: string): string | null {
  const inputs = new Set<string>()
  let isTop = false
  for (const line of program.split('\n')) {
    if (line.startsWith('S_')) isTop = line.includes(` .scope module, "${moduleName}" "${moduleName}" `)
    if (!isTop) continue
    const port = /^ +\.port_info \d+ \/INPUT \d+ "([^"]+)"/.exec(line)
    if (port !== null) inputs.add(port[1]!)
    const net = /^v\S+ \.net\S* "([^"]+)", \S+ \S+, ([^;\s]+);/.exec(line)
    if (net !== null && inputs.has(net[1]!) && !net[2]!.startsWith('o')) return net[1]!
  }
  return null
}
