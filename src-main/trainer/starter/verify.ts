/** Does a task hold? Its reference passes, enough mutants of it fail, and doing nothing earns what `trivialMatch` says. */
import type { Port, ReferencedTask } from '#contract/task'
import { synthesise } from '../3-scores/tools/yosys.ts'
import { buildCircuit, type Circuit } from '../3-scores/verilog/circuit.ts'
import { compareCircuits } from '../3-scores/verilog/compare.ts'
import type { Bit, NetlistPort } from '../3-scores/verilog/netlist.ts'
import { hashSeed } from '../math/random.ts'
import type { Design } from './design.ts'
import { mistakesIn } from './mistakes.ts'
import { render } from './render.ts'

/** A task must refuse at least so many different mutants. */
export const REQUIRED_MUTANTS = 3

export interface Verification {
  /** Share of matching cycles of the reference against itself from other start states, 0..1: 1 unless the reference forgets its reset. */
  readonly referenceMatch: number
  /** Names of the mistakes whose mutants fail; looked for until there are enough. */
  readonly failingMistakes: readonly string[]
  /** Best share among the empty, the all-0 and the all-1 module. */
  readonly trivialMatch: number
}

export async function verify(task: ReferencedTask, design: Design): Promise<Verification> {
  const reference = await circuitOf(task.reference, task.moduleName)
  if (reference === null) throw new Error(`task ${task.id}: its reference does not synthesise`)
  return {
    referenceMatch: match(reference, reference, task),
    failingMistakes: await failingMistakes(task, design, reference),
    trivialMatch: Math.max(...trivialCircuits(task.ports).map((circuit) => match(reference, circuit, task))),
  }
}

async function failingMistakes(task: ReferencedTask, design: Design, reference: Circuit): Promise<string[]> {
  const failing: string[] = []
  const seen = new Set([task.reference])
  for (const mistake of mistakesIn(design)) {
    const code = render(mistake.design)
    if (seen.has(code)) continue
    seen.add(code)
    const mutant = await circuitOf(code, task.moduleName)
    if (mutant !== null && match(reference, mutant, task) < 1) failing.push(mistake.name)
    if (failing.length >= REQUIRED_MUTANTS) break
  }
  return failing
}

/** Share of compared cycles in which all outputs match, 0..1. */
function match(reference: Circuit, candidate: Circuit, task: ReferencedTask): number {
  const { cycles, matchingCycles } = compareCircuits(reference, candidate, task, hashSeed('starter verification', task.id))
  return matchingCycles / cycles
}

/** null where Yosys refuses the code. */
async function circuitOf(code: string, moduleName: string): Promise<Circuit | null> {
  const synthesis = await synthesise(code, moduleName)
  if (synthesis.outcome === 'crashed') throw new Error(`Yosys ended unexpectedly: ${synthesis.reason}`)
  return synthesis.outcome === 'synthesised' ? buildCircuit(synthesis.netlist) : null
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
