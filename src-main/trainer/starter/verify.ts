/** Does a task hold? Its reference passes, enough mutants of it fail, and doing nothing earns what `trivialMatch` says. */
import type { ReferencedTask } from '#contract/task'
import { synthesise } from '../3-scores/tools/yosys.ts'
import { matchOf, trivialMatchOf } from '../3-scores/trivial.ts'
import { buildCircuit, type Circuit } from '../3-scores/verilog/circuit.ts'
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
    trivialMatch: trivialMatchOf(reference, task, seedOf(task)),
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

function match(reference: Circuit, candidate: Circuit, task: ReferencedTask): number {
  return matchOf(reference, candidate, task, seedOf(task))
}

const seedOf = (task: ReferencedTask): number => hashSeed('starter verification', task.id)

/** null where Yosys refuses the code. */
async function circuitOf(code: string, moduleName: string): Promise<Circuit | null> {
  const synthesis = await synthesise(code, moduleName)
  if (synthesis.outcome === 'crashed') throw new Error(`Yosys ended unexpectedly: ${synthesis.reason}`)
  return synthesis.outcome === 'synthesised' ? buildCircuit(synthesis.netlist) : null
}
