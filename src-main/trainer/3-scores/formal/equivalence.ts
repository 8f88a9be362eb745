/**
 * Proof that a design does what its reference does, for all inputs and not only for those of a simulation. It upgrades a verdict and never
 * replaces one: where the solver cannot decide, the answer is `unknown`.
 */
import type { ReferencedTask, StimulusPlan } from '#contract/task'
import { synthesise } from '../tools/yosys.ts'
import { circuitOf, type Circuit } from '../verilog/circuit.ts'
import { parseNetlist, type Netlist } from '../verilog/netlist.ts'
import { clockDoubt, hasOpenConnection, isUndefined, sizeDoubt, sourceDoubt } from './doubts.ts'
import { boundedScript, combinationalScript, FILES, inductionScript, joinScript, MITER } from './scripts.ts'
import { runScript, type ScriptResult } from './yosys-script.ts'

export interface Equivalence {
  /**
   * proved: equal for all inputs, after the reset and for ever. refuted: some inputs make a difference; they need not be ones that the task's
   * stimulus has. unknown: neither could be shown.
   */
  readonly outcome: 'proved' | 'refuted' | 'unknown'
  /** Plain sentences for a person. */
  readonly summary: string
}

/** Cycles after the reset that are looked at, one depth after the other while there is time. */
const DEPTHS = [5, 10, 20]
/** Gates times cycles of one search. */
const MAX_UNROLLED_GATES = 30_000
/** A search of twice the depth was seen to take so many times as long. */
const MAX_SLOWDOWN = 10

/**
 * Both texts must be ones that the guard lets pass or that came with the data set. Between its stages it gives up when `limitMs` are over; within
 * one, size is the limit. Never rejects for anything that a design can cause.
 */
export async function proveEquivalent(
  reference: string,
  code: string,
  task: ReferencedTask,
  limitMs: number,
): Promise<Equivalence> {
  const proof = new Proof(reference, code, task, performance.now() + limitMs)
  return proof.run()
}

interface Side {
  readonly netlist: Netlist
  readonly circuit: Circuit
}

class Proof {
  readonly #sources: readonly [reference: string, design: string]
  readonly #task: ReferencedTask
  readonly #deadline: number

  constructor(reference: string, code: string, task: ReferencedTask, deadline: number) {
    this.#sources = [reference, code]
    this.#task = task
    this.#deadline = deadline
  }

  async run(): Promise<Equivalence> {
    const [reference, design] = [await this.#side(this.#sources[0]), await this.#side(this.#sources[1])]
    if (typeof reference === 'string') return unknown(`Not tried: the reference ${reference}.`)
    if (typeof design === 'string') return unknown(`Not tried: the design ${design}.`)
    const joined = await runScript(joinScript(this.#task.moduleName), filesOf(...this.#sources))
    if (!joined.isDone)
      return unknown('Not tried: it has loops, double drivers or open signals, or other ports than the reference.')
    if (hasOpenConnection(joined.files[FILES.pair]!)) return unknown('Not tried: a signal may be of high impedance.')
    const miter = parseNetlist(joined.files[FILES.netlist]!, MITER)
    const gates = gatesOf(miter) ?? reference.circuit.program.wireCount + design.circuit.program.wireCount
    const hasRegisters = [reference, design].some(({ circuit }) => circuit.flipFlops.length > 0)
    const doubt = sizeDoubt({ reference: reference.netlist, design: design.netlist, miter, gates, hasRegisters })
    if (doubt !== null) return unknown(`Not tried: the proof ${doubt}.`)
    const isOpen = [reference, design].some(({ netlist, circuit }) => isUndefined(netlist, circuit))
    return hasRegisters ? this.#sequential(joined, gates, isOpen) : this.#combinational(joined, isOpen)
  }

  async #side(source: string): Promise<Side | string> {
    const promise = sourceDoubt(source)
    if (promise !== null) return promise
    const synthesis = await synthesise(source, this.#task.moduleName)
    if (synthesis.outcome !== 'synthesised') return 'does not synthesise'
    const { netlist } = synthesis
    const circuit = circuitOf(netlist)
    return typeof circuit === 'string' ? circuit : (clockDoubt(netlist, circuit, this.#task) ?? { netlist, circuit })
  }

  async #combinational(joined: ScriptResult, isOpen: boolean): Promise<Equivalence> {
    if (this.#isLate()) return OUT_OF_TIME
    const result = await runScript(combinationalScript(), joined.files)
    switch (verdictOf(result)) {
      case 'equal':
        return { outcome: 'proved', summary: 'For all inputs it gives what the reference gives.' }
      case 'different':
        return isOpen
          ? unknown(UNDEFINED)
          : { outcome: 'refuted', summary: `It differs from the reference${inputsIn(result.log)}.` }
      default:
        return unknown(NO_VERDICT)
    }
  }

  /** A short search for a difference, then the proof that there is none, and where that fails longer searches. */
  async #sequential(joined: ScriptResult, gates: number, isOpen: boolean): Promise<Equivalence> {
    const plan = this.#task.stimulus
    let cycles = 0
    for (const depth of DEPTHS) {
      const start = performance.now()
      if (gates * (depth + plan.resetCycles) > MAX_UNROLLED_GATES || this.#isLate()) break
      const verdict = verdictOf(await runScript(boundedScript(plan, depth), joined.files))
      if (verdict === 'different') return isOpen ? unknown(UNDEFINED) : this.#refuted(depth)
      if (verdict === 'none') return unknown(NO_VERDICT)
      const isFirst = cycles === 0
      cycles = depth
      if (isFirst && !this.#isLate() && (await runScript(inductionScript(plan), joined.files)).isDone) return provedFor(plan)
      if (this.#isLate((performance.now() - start) * MAX_SLOWDOWN)) break
    }
    if (cycles === 0) return this.#isLate() ? OUT_OF_TIME : unknown('Not tried: the design is too large for it.')
    return unknown(`No difference within ${cycles} cycles${plan.reset === null ? '' : ' after the reset'}.`)
  }

  /** A difference is one only if the reference itself does not depend on what its registers held before the reset. */
  async #refuted(depth: number): Promise<Equivalence> {
    const [reference] = this.#sources
    const joined = await runScript(joinScript(this.#task.moduleName), filesOf(reference, reference))
    const itself = joined.isDone ? await runScript(boundedScript(this.#task.stimulus, depth), joined.files) : joined
    if (verdictOf(itself) !== 'equal') return unknown('What the reference does depends on how its registers begin.')
    return { outcome: 'refuted', summary: `It differs from the reference within ${depth} cycles after the reset.` }
  }

  /** Something that takes so long would come too late. */
  #isLate(durationMs = 0): boolean {
    return performance.now() + durationMs > this.#deadline
  }
}

const NO_VERDICT = 'The solver came to no verdict.'
const UNDEFINED = 'It may differ from the reference where one of them leaves a value undefined.'
const OUT_OF_TIME = unknown('There was no time left for the proof.')

function provedFor({ reset }: StimulusPlan): Equivalence {
  const words = 'gives what the reference gives, for all inputs and for ever.'
  return { outcome: 'proved', summary: reset === null ? `It ${words}` : `After the reset it ${words}` }
}

function unknown(summary: string): Equivalence {
  return { outcome: 'unknown', summary }
}

function filesOf(gold: string, gate: string): Record<string, string> {
  return { [FILES.gold]: gold, [FILES.gate]: gate }
}

/** null for a netlist that cannot be spelt out in gates, e.g. one with open values. */
function gatesOf(netlist: Netlist): number | null {
  const circuit = circuitOf(netlist)
  return typeof circuit === 'string' ? null : circuit.program.wireCount
}

/** Of `sat -verify`; the words count, for a script may also end for another reason. */
function verdictOf({ isDone, log }: ScriptResult): 'equal' | 'different' | 'none' {
  if (isDone && log.includes('SAT proof finished - no model found: SUCCESS!')) return 'equal'
  return !isDone && log.includes('SAT proof finished - model found: FAIL!') ? 'different' : 'none'
}

/** ` for a = 5, b = 3` from the table of `sat -show-inputs`: name, decimal, hexadecimal, binary. */
function inputsIn(log: string): string {
  const table = log.slice(log.lastIndexOf('Signal Name'))
  const rows = [...table.matchAll(/^\s*\\in_(\S+)\s+\S+\s+([0-9a-f]+)\s+[01]+\s*$/gm)]
  return rows.length === 0 ? '' : ` for ${rows.map(([, name, value]) => `${name} = ${value}`).join(', ')} (hexadecimal)`
}
