/** The reference's side of every comparison, made once. */
import { isReferenced, type StimulusPlan, type Task } from '#contract/task'
import { factsOf, type DesignFacts } from './reasoning/facts.ts'
import { requiredKinds } from './reasoning/statements.ts'
import { synthesisedBy, type NativeSynthesis } from './tools/native-yosys.ts'
import { buildCircuit, circuitOf, type Circuit } from './verilog/circuit.ts'
import { cellBits, isLatch, type Netlist } from './verilog/netlist.ts'
import { portMismatch } from './ports.ts'

export interface PreparedTask {
  readonly netlist: Netlist
  /** null where our simulator cannot run it: then only a testbench can judge. */
  readonly circuit: Circuit | null
  /** null without a circuit. */
  readonly facts: DesignFacts | null
  /** Kinds of statements that a reasoning must make. */
  readonly required: readonly string[]
  readonly cells: number
  readonly latches: number
}

/** Where nobody says which port is clock or reset. */
const NO_PLAN: StimulusPlan = {
  clock: null,
  reset: null,
  resetCycles: 0,
  cycles: 1,
  randomSequences: 1,
  midResetChance: 0,
  bias: {},
  directed: [],
}

/**
 * null where there is no reference, or none that Yosys takes and no stimulus to compare with. Throws Error when the reference of a task with a
 * stimulus does not hold: such a task must not be used. `native`: what native Yosys made of the reference, where it was asked.
 */
export async function prepareTask(task: Task, native: NativeSynthesis | null = null): Promise<PreparedTask | null> {
  if (task.reference === null) return null
  const { synthesis: result } = await synthesisedBy(native, task.reference, task.moduleName)
  if (!isReferenced(task)) return result.outcome === 'synthesised' ? prepared(result.netlist, task) : null
  if (result.outcome !== 'synthesised') throw new Error(`the reference of task ${task.id} does not synthesise`)
  buildCircuit(result.netlist)
  const mismatch = portMismatch(result.netlist, task.ports)
  if (mismatch !== null) throw new Error(`the reference of task ${task.id}: ${mismatch}`)
  return prepared(result.netlist, task)
}

function prepared(netlist: Netlist, task: Task): PreparedTask {
  const built = circuitOf(netlist)
  const circuit = typeof built === 'string' ? null : built
  const facts = circuit === null ? null : designFacts(netlist, circuit, task)
  return {
    netlist,
    circuit,
    facts,
    required: facts === null ? [] : requiredKinds(facts),
    cells: cellBits(netlist),
    latches: netlist.cells.filter(isLatch).length,
  }
}

export function designFacts(netlist: Netlist, circuit: Circuit, task: Task): DesignFacts {
  return factsOf(netlist, circuit, task.stimulus ?? NO_PLAN)
}
