/** Whether a design does something else than the reference: what is the same as the right answer says nothing against a judge that passes it. */
import { isReferenced, type ReferencedTask, type StimulusPlan } from '#contract/task'
import type { TaskWithReference } from '../3-scores/scorer.ts'
import { synthesise } from '../3-scores/tools/yosys.ts'
import { matchOf } from '../3-scores/trivial.ts'
import { circuitOf, type Circuit } from '../3-scores/verilog/circuit.ts'
import { hashSeed } from '../math/random.ts'
import type { Judges } from './check-task.ts'

/** Every input at random, clocks and resets too: it tries no protocol, it only looks for a difference. */
const ANYTHING: StimulusPlan = {
  clock: null,
  reset: null,
  resetCycles: 0,
  cycles: 64,
  randomSequences: 8,
  midResetChance: 0,
  bias: {},
  directed: [],
}

/** True only where a simulation shows it. `task` has its ports. */
export async function showsDifference(code: string, task: TaskWithReference, judges: Judges): Promise<boolean> {
  const seed = hashSeed('difference', task.id)
  if (isReferenced(task)) return differsAsNetlist(code, task, seed)
  if (judges.testbench === null) return false
  const { testbench: _own, ...rest } = task
  const plain: ReferencedTask = { ...rest, stimulus: ANYTHING }
  const { verdict } = await judges.testbench.simulation.judge(code, plain, seed)
  return verdict.outcome === 'failed'
}

async function differsAsNetlist(code: string, task: ReferencedTask, seed: number): Promise<boolean> {
  const [reference, design] = [await circuitIn(task.reference, task), await circuitIn(code, task)]
  return reference !== null && design !== null && matchOf(reference, design, task, seed) < 1
}

async function circuitIn(code: string, { moduleName }: ReferencedTask): Promise<Circuit | null> {
  const result = await synthesise(code, moduleName)
  const circuit = result.outcome === 'synthesised' ? circuitOf(result.netlist) : null
  return typeof circuit === 'string' ? null : circuit
}
