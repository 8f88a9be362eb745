/** What is true of a design, read off its netlist and circuit: what a reasoning block is checked against. */
import type { StimulusPlan } from '#contract/task'
import { createRandom } from '../../math/random.ts'
import type { Circuit, FlipFlop } from '../verilog/circuit.ts'
import { isLatch, type Netlist } from '../verilog/netlist.ts'
import type { Wire } from '../verilog/logic.ts'
import { Simulator } from '../verilog/simulator.ts'

export type ResetFact = 'none' | 'sync high' | 'sync low' | 'async high' | 'async low'

/** Where an output's bits come from: nothing but registers; a latch; nowhere, for at least one bit; else logic. */
export type OutputKind = 'registered' | 'latched' | 'undriven' | 'combinational'

export interface DesignFacts {
  /** Bits of state. */
  readonly registers: number
  readonly reset: ResetFact
  /** null without registers, or where they use both edges. */
  readonly clock: 'rising' | 'falling' | null
  readonly outputs: ReadonlyMap<string, { readonly width: number; readonly kind: OutputKind }>
  readonly latches: number
  /** Reachable states after reset; null where they cannot be counted (too many, or no reset). */
  readonly states: number | null
}

const TRIES = 8
/** Bounds of the exploration of states. */
const MAX_STATE_BITS = 10
const MAX_INPUT_BITS = 6

export function factsOf(netlist: Netlist, circuit: Circuit, stimulus: StimulusPlan): DesignFacts {
  const { flipFlops } = circuit
  const edges = new Set(flipFlops.map(({ isRising }) => isRising))
  return {
    registers: flipFlops.length,
    reset: resetOf(circuit, stimulus),
    clock: edges.size === 1 ? (edges.has(true) ? 'rising' : 'falling') : null,
    outputs: new Map([...circuit.outputs].map(([name, wires]) => [name, { width: wires.length, kind: kindOf(wires, circuit) }])),
    latches: netlist.cells.filter(isLatch).length,
    states: countStates(circuit, stimulus),
  }
}

function kindOf(wires: readonly Wire[], { flipFlops, latches, floating }: Circuit): OutputKind {
  const states = new Set(flipFlops.map(({ q }) => q))
  if (wires.every((wire) => states.has(wire))) return 'registered'
  if (wires.some((wire) => floating.includes(wire))) return 'undriven'
  return latches.some(({ q }) => wires.includes(q)) ? 'latched' : 'combinational'
}

/**
 * The reset by what it does, not by how it is written. Asynchronous: asserting it changes or pins states without a clock edge. Synchronous: while it is
 * asserted some state's next value is a constant that it is not otherwise.
 */
function resetOf(circuit: Circuit, { reset, clock }: StimulusPlan): ResetFact {
  if (circuit.flipFlops.length === 0 || reset === null || clock === null)
    return hasOverride(circuit.flipFlops) ? 'async high' : 'none'
  for (const active of ['high', 'low'] as const) {
    const level = active === 'high' ? -1 : 0
    if (isAsynchronous(circuit, reset.port, level)) return `async ${active}`
  }
  for (const active of ['high', 'low'] as const) {
    const level = active === 'high' ? -1 : 0
    const asserted = constantNextStates(circuit, reset.port, level)
    const released = constantNextStates(circuit, reset.port, ~level)
    if (asserted.some((isConstant, i) => isConstant && !released[i])) return `sync ${active}`
  }
  return 'none'
}

function hasOverride(flipFlops: readonly FlipFlop[]): boolean {
  return flipFlops.some(({ overrides }) => overrides.length > 0)
}

/** Whether all states that have an override are pinned, from any state, by this level of the port alone. */
function isAsynchronous(circuit: Circuit, port: string, level: number): boolean {
  const overridden = circuit.flipFlops.flatMap(({ overrides }, i) => (overrides.length > 0 ? [i] : []))
  if (overridden.length === 0) return false
  const random = createRandom(1)
  const simulator = new Simulator(circuit, random)
  randomise(simulator, random, port)
  simulator.setInput(port, 0, level)
  simulator.settle()
  const pinned = simulator.state
  return overridden.every((i) => pinned[i] === 0 || pinned[i] === -1)
}

/** Per flip-flop: is its next value the same in all lanes, whatever state and the other inputs? */
function constantNextStates(circuit: Circuit, port: string, level: number): boolean[] {
  const random = createRandom(2)
  const seen = circuit.flipFlops.map(() => new Set<number>())
  for (let trial = 0; trial < TRIES; trial++) {
    const simulator = new Simulator(circuit, random)
    simulator.setState(Int32Array.from(circuit.flipFlops, () => random.uint32() | 0))
    randomise(simulator, random, port)
    simulator.setInput(port, 0, level)
    simulator.propagate()
    simulator.nextState.forEach((word, i) => seen[i]!.add(word === 0 || word === -1 ? word : 1))
  }
  return seen.map((words) => words.size === 1 && !words.has(1))
}

function randomise(simulator: Simulator, random: ReturnType<typeof createRandom>, except: string): void {
  for (const [name, wires] of simulator.circuit.inputs) {
    if (name !== except) wires.forEach((_, bit) => simulator.setInput(name, bit, random.uint32() | 0))
  }
}

/** Breadth-first over all inputs from the reset state. */
function countStates(circuit: Circuit, { reset, clock }: StimulusPlan): number | null {
  const bits = circuit.flipFlops.length
  const free = [...circuit.inputs]
    .filter(([name]) => name !== clock?.port && name !== reset?.port)
    .flatMap(([name, wires]) => wires.map((_, bit) => ({ name, bit })))
  if (
    bits === 0 ||
    bits > MAX_STATE_BITS ||
    free.length > MAX_INPUT_BITS ||
    reset === null ||
    clock === null ||
    circuit.latches.length > 0
  )
    return null
  const simulator = new Simulator(circuit, createRandom(3))
  const start = stateAfterReset(simulator, reset, clock)
  if (start === null) return null
  simulator.setInput(reset.port, 0, reset.active === 'high' ? 0 : -1)
  const known = new Set([start])
  const queue = [start]
  for (let state = queue.pop(); state !== undefined; state = queue.pop()) {
    for (let first = 0; first < 2 ** free.length; first += 32) {
      free.forEach(({ name, bit }, i) =>
        simulator.setInput(
          name,
          bit,
          wordOf((lane) => ((first + lane) >> i) & 1),
        ),
      )
      simulator.setState(Int32Array.from({ length: bits }, (_, i) => -((state! >> i) & 1)))
      simulator.propagate()
      const next = simulator.nextState
      for (let lane = 0; lane < Math.min(32, 2 ** free.length); lane++) {
        const reached = next.reduce((sum, word, i) => sum | (((word >>> lane) & 1) << i), 0)
        if (known.has(reached)) continue
        known.add(reached)
        queue.push(reached)
      }
    }
  }
  return known.size
}

/** The state to which reset leads from everywhere; null where it does not. */
function stateAfterReset(
  simulator: Simulator,
  reset: NonNullable<StimulusPlan['reset']>,
  clock: NonNullable<StimulusPlan['clock']>,
): number | null {
  const edge = clock.edge === 'rising' ? -1 : 0
  simulator.setInput(reset.port, 0, reset.active === 'high' ? -1 : 0)
  simulator.setInput(clock.port, 0, ~edge)
  simulator.settle()
  simulator.setInput(clock.port, 0, edge)
  simulator.settle()
  const words = simulator.state
  if (words.some((word) => word !== 0 && word !== -1)) return null
  return words.reduce((sum, word, i) => sum | ((word & 1) << i), 0)
}

function wordOf(bit: (lane: number) => number): number {
  let word = 0
  for (let lane = 0; lane < 32; lane++) word |= bit(lane) << lane
  return word
}
