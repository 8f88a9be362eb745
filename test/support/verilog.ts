/** Small designs for tests: source -> simulator, and tasks around a reference. */
import type { Port, ReferencedTask, StimulusPlan, Task } from '#contract/task'
import { createRandom } from '#trainer/math/random'
import { synthesise } from '#trainer/3-scores/tools/yosys'
import { buildCircuit, type Circuit } from '#trainer/3-scores/verilog/circuit'
import { Simulator } from '#trainer/3-scores/verilog/simulator'
import type { Netlist } from '#trainer/3-scores/verilog/netlist'

export async function netlistOf(code: string, moduleName = 'm'): Promise<Netlist> {
  const result = await synthesise(code, moduleName)
  if (result.outcome !== 'synthesised') throw new Error(JSON.stringify(result))
  return result.netlist
}

export async function circuitOf(code: string, moduleName = 'm'): Promise<Circuit> {
  return buildCircuit(await netlistOf(code, moduleName))
}

/** A circuit with numbers at its ports, the same in all lanes. */
export class Breadboard {
  readonly simulator: Simulator

  constructor(circuit: Circuit, seed = 1) {
    this.simulator = new Simulator(circuit, createRandom(seed))
  }

  /** Sets inputs and lets them take effect. */
  set(values: Readonly<Record<string, number>>): this {
    for (const [port, value] of Object.entries(values)) {
      this.simulator.circuit.inputs.get(port)!.forEach((_, bit) => this.simulator.setInput(port, bit, -((value >> bit) & 1)))
    }
    this.simulator.settle()
    return this
  }

  /** A pulse of the clock: high, then low. */
  tick(values: Readonly<Record<string, number>> = {}, clock = 'clk'): this {
    return this.set(values)
      .set({ [clock]: 1 })
      .set({ [clock]: 0 })
  }

  /** Lane 0 of an output, unsigned. */
  get(port: string): number {
    return this.simulator.circuit.outputs
      .get(port)!
      .reduce((sum, _, bit) => sum + ((this.simulator.output(port, bit) & 1) << bit), 0)
  }
}

export const COMBINATIONAL: StimulusPlan = {
  clock: null,
  reset: null,
  resetCycles: 0,
  cycles: 32,
  randomSequences: 16,
  midResetChance: 0,
  bias: {},
  directed: [],
}

export const CLOCKED: StimulusPlan = {
  ...COMBINATIONAL,
  clock: { port: 'clk', edge: 'rising' },
  reset: { port: 'rst', kind: 'sync', active: 'high' },
  resetCycles: 2,
  midResetChance: 0.06,
}

/** Ports as `name` or `name:width`. */
export function ports(inputs: string, outputs: string): Port[] {
  const parse = (text: string, direction: Port['direction']): Port[] =>
    text.split(' ').map((item) => {
      const [name, width = '1'] = item.split(':') as [string, string?]
      return { name, direction, width: Number(width) }
    })
  return [...parse(inputs, 'input'), ...parse(outputs, 'output')]
}

export function aTask(task: Pick<ReferencedTask, 'reference' | 'ports'> & Partial<ReferencedTask>): ReferencedTask {
  return {
    schemaVersion: 1,
    id: 'a-task',
    split: 'train',
    family: 'test',
    parameters: {},
    difficulty: 1,
    instruction: 'Write module m.',
    moduleName: 'm',
    stimulus: COMBINATIONAL,
    trivialMatch: 0,
    ...task,
  }
}

/** A completion that holds a module. */
export function completionOf(code: string, reasoning = ''): string {
  return `<reason>\n${reasoning}\n</reason>\n\`\`\`verilog\n${code}\n\`\`\``
}

/** A task as an importer gives it: a reference named `m`, nothing known about it yet. */
export function importedTask(reference: string | null, changes: Partial<Task> = {}): Task {
  return {
    schemaVersion: 1,
    id: 'imported',
    split: 'train',
    family: 'imported',
    parameters: {},
    difficulty: 3,
    instruction: 'Write it.',
    moduleName: 'm',
    ports: [],
    reference,
    stimulus: null,
    trivialMatch: 0,
    ...changes,
  }
}

/** The same design in another text: a constant that nothing reads, for a comment tells no two designs apart. */
export function numbered(reference: string, number: number): string {
  return reference.replace(/endmodule(?![^]*endmodule)/, `localparam copy_${number} = 0;\nendmodule`)
}
