/** An imported task with a reference -> one that the netlist judge can decide: ports, clock, reset, stimulus and trivialMatch, read off the reference. */
import type { Port, ReferencedTask, StimulusPlan, Task } from '#contract/task'
import { factsOf, type ResetFact } from '../3-scores/reasoning/facts.ts'
import { synthesise } from '../3-scores/tools/yosys.ts'
import { isAlwaysOpen, matchOf, trivialMatchOf } from '../3-scores/trivial.ts'
import { buildCircuit, type Circuit } from '../3-scores/verilog/circuit.ts'
import { NetlistProblem, type Netlist } from '../3-scores/verilog/netlist.ts'
import { hashSeed } from '../math/random.ts'

export type Completion =
  | { readonly outcome: 'complete'; readonly task: ReferencedTask }
  /** The netlist judge cannot decide it; `reason` ends a sentence that begins with "the reference". */
  | { readonly outcome: 'not-simulable'; readonly reason: string }
  /** Yosys refuses it; `reason` as above. */
  | { readonly outcome: 'rejected'; readonly reason: string }

const RESET_NAME = /^(a|s|sync_|async_|sys_|i_)?(rst|reset|clr|clear|init)(_?n|_?b|_i|_ni)?$/i
/** Wide enough for the pipelines of public sets; states that random inputs never bring together are found out below. */
const WARM_UP_CYCLES = 16

/** The task itself when it is complete already. */
export async function completeTask(task: Task): Promise<Completion> {
  if (task.reference === null) return { outcome: 'not-simulable', reason: 'is not there' }
  const { reference } = task
  if (task.stimulus !== null) return { outcome: 'complete', task: { ...task, reference, stimulus: task.stimulus } }
  const result = await synthesise(reference, task.moduleName)
  if (result.outcome === 'crashed') return { outcome: 'not-simulable', reason: `breaks Yosys: ${result.reason}` }
  if (result.outcome === 'rejected') {
    const said = result.diagnostics.find(({ severity }) => severity === 'error')
    const place = said === undefined || said.line === null ? '' : `line ${said.line}: `
    return { outcome: 'rejected', reason: `is refused by Yosys: ${place}${said?.message ?? 'without a word'}` }
  }
  try {
    return withPlan(task, reference, result.netlist)
  } catch (error) {
    if (error instanceof NetlistProblem) return { outcome: 'not-simulable', reason: error.message }
    throw error
  }
}

function withPlan(task: Task, reference: string, netlist: Netlist): Completion {
  const circuit = buildCircuit(netlist)
  const ports = portsOf(netlist)
  if (ports === null) return { outcome: 'not-simulable', reason: 'has an inout port' }
  if (!ports.some(({ direction }) => direction === 'output')) return { outcome: 'not-simulable', reason: 'has no output' }
  const clock = clockOf(circuit)
  if (clock === 'several') return { outcome: 'not-simulable', reason: 'has more than one clock' }
  const reset = clock === null ? null : resetOf(netlist, circuit, ports, clock)
  const stimulus = planOf(clock, reset)
  const complete: ReferencedTask = { ...task, reference, ports: [...ports], stimulus, trivialMatch: 0 }
  const seed = hashSeed('complete', task.id)
  const ownMatch = matchOf(circuit, circuit, complete, seed)
  if (ownMatch < 1) return { outcome: 'not-simulable', reason: 'does not come to one state from different ones: it has no reset' }
  if (isAlwaysOpen(circuit, complete, seed)) return { outcome: 'not-simulable', reason: 'never gives its outputs a value' }
  const trivialMatch = Math.round(trivialMatchOf(circuit, complete, seed) * 1e6) / 1e6
  return { outcome: 'complete', task: { ...complete, trivialMatch } }
}

/** null where one is neither input nor output. */
export function portsOf(netlist: Netlist): Port[] | null {
  const ports: Port[] = []
  for (const [name, { direction, bits }] of Object.entries(netlist.ports)) {
    if (direction !== 'input' && direction !== 'output') return null
    ports.push({ name, direction, width: bits.length })
  }
  return ports
}

/** The one input that clocks all registers; null for a combinational design. */
function clockOf({ flipFlops, inputs }: Circuit): StimulusPlan['clock'] | 'several' {
  const [first] = flipFlops
  if (first === undefined) return null
  const isOne = flipFlops.every(({ clock, isRising }) => clock === first.clock && isRising === first.isRising)
  const port = [...inputs].find(([, wires]) => wires.length === 1 && wires[0] === first.clock)?.[0]
  return isOne && port !== undefined ? { port, edge: first.isRising ? 'rising' : 'falling' } : 'several'
}

/** By name, and only where it acts as a reset does. */
function resetOf(
  netlist: Netlist,
  circuit: Circuit,
  ports: readonly Port[],
  clock: NonNullable<StimulusPlan['clock']>,
): StimulusPlan['reset'] {
  for (const { name, direction, width } of ports) {
    if (direction !== 'input' || width !== 1 || name === clock.port || !RESET_NAME.test(name)) continue
    const fact = resetFact(netlist, circuit, clock, name)
    if (fact === 'none') continue
    const [kind, active] = fact.split(' ') as ['sync' | 'async', 'high' | 'low']
    return { port: name, kind, active }
  }
  return null
}

function resetFact(netlist: Netlist, circuit: Circuit, clock: StimulusPlan['clock'], port: string): ResetFact {
  return factsOf(netlist, circuit, planOf(clock, { port, kind: 'sync', active: 'high' })).reset
}

function planOf(clock: StimulusPlan['clock'], reset: StimulusPlan['reset']): StimulusPlan {
  return {
    clock,
    reset,
    resetCycles: clock === null ? 0 : reset === null ? WARM_UP_CYCLES : 2,
    cycles: clock === null ? 64 : 128,
    randomSequences: 32,
    midResetChance: reset === null ? 0 : 0.03,
    bias: {},
    directed: [],
  }
}
