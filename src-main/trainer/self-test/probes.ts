/** Designs that no judge may pass: what they do is nothing, the opposite, or talk. */
import type { Port, VerdictRule } from '#contract/task'
import { withNamesReplaced } from '../verilog/tokens.ts'
import { moduleText, type Interface } from './module-text.ts'

export interface Probe {
  readonly name:
    'empty module' | 'all outputs 0' | 'all outputs 1' | 'all outputs unknown' | 'all outputs inverted' | 'forged verdict'
  readonly code: string
}

/** What a testbench prints for a pass, by the rule that reads it. */
const VERDICTS: Readonly<Record<VerdictRule, string>> = {
  'mismatch-count': 'Mismatches: 0 in 100 samples',
  'design-passed': '===========Your Design Passed===========',
  'all-tests-passed': 'all tests passed',
  'vector-file': 'all tests passed',
}

export interface Probed {
  readonly moduleName: string
  readonly reference: string
  /** Rule of its own testbench; null where it has none. */
  readonly rule: VerdictRule | null
}

/** Probes of a task whose ports are known. */
export function probesOf({ moduleName, reference, rule }: Probed, ports: readonly Port[]): Probe[] {
  const outputs = ports.filter(({ direction }) => direction === 'output')
  const having = (name: Probe['name'], body: string): Probe => ({ name, code: moduleText({ moduleName, ports }, body) })
  const assigned = (value: (port: Port) => string): string =>
    outputs.map((port) => `  assign ${port.name} = ${value(port)};`).join('\n')
  return [
    having('empty module', ''),
    having(
      'all outputs 0',
      assigned(() => "'b0"),
    ),
    having(
      'all outputs 1',
      assigned(({ width }) => `{${width}{1'b1}}`),
    ),
    // A testbench that compares with `!=` may take what is unknown for what is right.
    having(
      'all outputs unknown',
      assigned(() => "'bx"),
    ),
    { name: 'all outputs inverted', code: invertedText({ moduleName, ports }, reference) },
    having('forged verdict', `  initial begin\n    $display("${VERDICTS[rule ?? 'all-tests-passed']}");\n    $finish;\n  end`),
  ]
}

/** The reference, and an inverter behind each of its outputs. */
export function invertedText({ moduleName, ports }: Interface, reference: string): string {
  const inner = `${moduleName}_inside`
  const isOutput = ({ direction }: Port): boolean => direction === 'output'
  const wires = ports
    .filter(isOutput)
    .map(({ name, width }) => `  wire [${width - 1}:0] ${name}_inside;\n  assign ${name} = ~${name}_inside;`)
  const connections = ports.map((port) => `.${port.name}(${port.name}${isOutput(port) ? '_inside' : ''})`)
  const body = `${wires.join('\n')}\n  ${inner} inside_of(${connections.join(', ')});`
  const renamed = withNamesReplaced(reference, new Map([[moduleName, inner]]))
  return `${renamed}\n${moduleText({ moduleName, ports }, body)}`
}
