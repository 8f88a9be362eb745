/** Designs that no judge may pass: what they do is nothing, or talk. */
import type { Port } from '#contract/task'

export interface Probe {
  readonly name: 'empty module' | 'all outputs 0' | 'all outputs 1' | 'forged verdict'
  readonly code: string
}

/** Lines that the testbenches of public sets print for a pass. */
const VERDICTS = ['Mismatches: 0 in 100 samples', 'Your Design Passed', 'all tests passed', 'Test Summary: 9/9', 'PASS']

/** Probes of a task whose ports are known. */
export function probesOf(moduleName: string, ports: readonly Port[]): Probe[] {
  const outputs = ports.filter(({ direction }) => direction === 'output')
  const assigned = (value: (port: Port) => string): string =>
    outputs.map((port) => `  assign ${port.name} = ${value(port)};`).join('\n')
  const printed = VERDICTS.map((verdict) => `    $display("${verdict}");`).join('\n')
  const silent: Probe[] = [
    { name: 'empty module', code: moduleOf(moduleName, ports, '') },
    {
      name: 'all outputs 0',
      code: moduleOf(
        moduleName,
        ports,
        assigned(() => "'b0"),
      ),
    },
    {
      name: 'all outputs 1',
      code: moduleOf(
        moduleName,
        ports,
        assigned(({ width }) => `{${width}{1'b1}}`),
      ),
    },
  ]
  const forged: Probe = {
    name: 'forged verdict',
    code: moduleOf(moduleName, ports, `  initial begin\n${printed}\n    $finish;\n  end`),
  }
  return [...silent, forged]
}

function moduleOf(name: string, ports: readonly Port[], body: string): string {
  const list = ports.map(({ name: port, direction, width }) => `${direction} ${width === 1 ? '' : `[${width - 1}:0] `}${port}`)
  return `module ${name}(${list.join(', ')});\n${body}\nendmodule`
}
