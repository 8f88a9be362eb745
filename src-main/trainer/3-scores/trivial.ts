/** What doing nothing earns: the measure from which a functional score is counted. */
import type { Port, ReferencedTask } from '#contract/task'
import { buildCircuit, type Circuit } from './verilog/circuit.ts'
import { compareCircuits } from './verilog/compare.ts'
import type { Bit, NetlistPort } from './verilog/netlist.ts'

/** Best share of matching cycles among the empty, the all-0 and the all-1 module, 0..1. */
export function trivialMatchOf(reference: Circuit, task: ReferencedTask, seed: number): number {
  return Math.max(...trivialCircuits(task.ports).map((circuit) => matchOf(reference, circuit, task, seed)))
}

/** Whether no output of the reference ever has a value: then whatever a design does would be right. */
export function isAlwaysOpen(reference: Circuit, task: ReferencedTask, seed: number): boolean {
  const [undriven] = trivialCircuits(task.ports)
  return matchOf(reference, undriven!, task, seed) === 1
}

/** Share of compared cycles in which all outputs match, 0..1; 0 for a candidate that oscillates. */
export function matchOf(reference: Circuit, candidate: Circuit, task: ReferencedTask, seed: number): number {
  const { cycles, matchingCycles, isUnstable } = compareCircuits(reference, candidate, task, seed)
  return isUnstable ? 0 : matchingCycles / cycles
}

/** Modules that do nothing: outputs undriven, all 0, all 1. */
function trivialCircuits(ports: readonly Port[]): Circuit[] {
  let next = 2
  const undriven = (): Bit => next++
  const drivers: (() => Bit)[] = [undriven, () => '0', () => '1']
  return drivers.map((driver) => {
    const netlistPorts: Record<string, NetlistPort> = Object.fromEntries(
      ports.map(({ name, direction, width }) => [
        name,
        { direction, bits: Array.from({ length: width }, direction === 'input' ? undriven : driver) },
      ]),
    )
    return buildCircuit({ ports: netlistPorts, cells: [], initial: new Map() })
  })
}
