/** One completion -> five scores, in one thread. Fails closed: whatever the completion can cause is 0. */
import type { Diagnostic, Evidence, Outcome, Score, ScoreReport, Scores } from '#contract/score'
import { isReferenced, type ReferencedTask, type StimulusPlan, type Task } from '#contract/task'
import { extract } from './extract.ts'
import { whyRefused } from './guard.ts'
import { qualityDeductions, qualityValue } from './quality.ts'
import { factsOf, type DesignFacts } from './reasoning/facts.ts'
import { checkReasoning, requiredKinds } from './reasoning/statements.ts'
import { synthesise, YOSYS_VERSION } from './tools/yosys.ts'
import { buildCircuit, type Circuit } from './verilog/circuit.ts'
import { compareCircuits, type Comparison } from './verilog/compare.ts'
import { cellBits, isLatch, NetlistProblem, type Netlist } from './verilog/netlist.ts'

/** Part of every cache key: raise it when a score's meaning changes. */
export const SCORER_VERSION = '1'

/** A design that needs this many times the reference's cells memorises instead of computing. */
const MAX_CELL_RATIO = 20
/** Small references leave room for plain but wordy designs. */
const MIN_CELL_ALLOWANCE = 400

const OPEN = 'The netlist judge cannot decide this task.'
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

export interface PreparedTask {
  readonly netlist: Netlist
  readonly circuit: Circuit
  readonly facts: DesignFacts
  readonly required: readonly string[]
  readonly cells: number
  readonly latches: number
}

/** The reference's side of the comparison. Throws Error when the reference itself does not hold: such a task must not be used. */
export async function prepareTask(task: ReferencedTask): Promise<PreparedTask> {
  const result = await synthesise(task.reference, task.moduleName)
  if (result.outcome !== 'synthesised') throw new Error(`the reference of task ${task.id} does not synthesise`)
  const circuit = buildCircuit(result.netlist)
  const mismatch = portMismatch(result.netlist, task)
  if (mismatch !== null) throw new Error(`the reference of task ${task.id}: ${mismatch}`)
  const facts = factsOf(result.netlist, circuit, task.stimulus)
  return {
    netlist: result.netlist,
    circuit,
    facts,
    required: requiredKinds(facts),
    cells: cellBits(result.netlist),
    latches: result.netlist.cells.filter(isLatch).length,
  }
}

/** `prepared` is null for a task that the netlist judge cannot decide: its functional score is open, to be decided by a testbench. */
export async function scoreDesign(
  completion: string,
  task: Task,
  prepared: PreparedTask | null,
  stimulusSeed: number,
): Promise<ScoreReport> {
  const { code, reasoning } = extract(completion)
  const report = (scores: Scores): ScoreReport => ({ scores, code: code ?? '', reasoning, tools: TOOLS, isFromCache: false })
  if (code === null) return report(allStopped('no-module', 'There is no closed ```verilog fence with a module.'))
  const refusal = whyRefused(code, task.moduleName)
  if (refusal !== null) return report(allStopped('refused', `Refused before any tool saw it: ${refusal}.`))
  const result = await synthesise(code, task.moduleName)
  if (result.outcome === 'crashed') return report(allStopped('tool-crash', `Yosys broke down on it: ${result.reason}`))
  if (result.outcome === 'rejected') return report(allStopped('compile-error', 'It does not compile.', result.diagnostics))
  const mismatch = task.ports.length === 0 ? null : portMismatch(result.netlist, task)
  if (mismatch !== null) return report(allStopped('port-mismatch', `It compiles, but ${mismatch}.`))
  return report(
    scoreCompiled({ code, reasoning, netlist: result.netlist, warnings: result.warnings, task, prepared, stimulusSeed }),
  )
}

export const TOOLS: Readonly<Record<string, string>> = { yosys: YOSYS_VERSION }

/** Scores of a completion that a stage before synthesis stopped. */
export function allStopped(outcome: Outcome, summary: string, diagnostics?: readonly Diagnostic[]): Scores {
  const compilation = zero(outcome, summary, diagnostics === undefined ? {} : { diagnostics: [...diagnostics] })
  const later = zero('not-reached', 'An earlier stage failed.')
  return { compilation, functional: later, synthesis: later, reasoning: later, quality: later }
}

interface Compiled {
  readonly code: string
  readonly reasoning: string
  readonly netlist: Netlist
  readonly warnings: readonly Diagnostic[]
  readonly task: Task
  readonly prepared: PreparedTask | null
  readonly stimulusSeed: number
}

function scoreCompiled(design: Compiled): Scores {
  const compilation = passed('It compiles and has the ports of the task.', { diagnostics: [...design.warnings] })
  const built = circuitOf(design.netlist)
  const synthesis = scoreSynthesis(design, built)
  const later = zero('not-reached', 'An earlier stage failed.')
  if (typeof built === 'string') {
    return { compilation, synthesis, functional: zero('failed', `The design ${built}.`), reasoning: later, quality: later }
  }
  return {
    compilation,
    functional: scoreFunction(design, built, synthesis),
    synthesis,
    reasoning: scoreReasoning(design, built),
    // Good style is no comfort for hardware that nobody can build: a latch must not earn more than an empty body.
    quality: 'outcome' in synthesis && synthesis.outcome !== 'passed' ? later : scoreQuality(design),
  }
}

function circuitOf(netlist: Netlist): Circuit | string {
  try {
    return buildCircuit(netlist)
  } catch (error) {
    if (error instanceof NetlistProblem) return error.message
    throw error
  }
}

/** A body that says nothing: no logic, and no output that is an input. */
function isEmpty(netlist: Netlist): boolean {
  if (netlist.cells.length > 0) return false
  const inputs = new Set(Object.values(netlist.ports).flatMap(({ direction, bits }) => (direction === 'input' ? bits : [])))
  return !Object.values(netlist.ports).some(
    ({ direction, bits }) => direction === 'output' && bits.some((bit) => inputs.has(bit)),
  )
}

function portMismatch(netlist: Netlist, task: Task): string | null {
  const found = Object.entries(netlist.ports)
  for (const { name, direction, width } of task.ports) {
    const port = netlist.ports[name]
    if (port === undefined) return `it has no port ${name}`
    if (port.direction !== direction) return `port ${name} is an ${port.direction}, not an ${direction}`
    if (port.bits.length !== width) return `port ${name} has ${port.bits.length} bits, not ${width}`
  }
  const extra = found.find(([name]) => !task.ports.some((port) => port.name === name))
  return extra === undefined ? null : `it has a port ${extra[0]} that the task does not know`
}

function scoreSynthesis({ netlist, prepared }: Compiled, built: Circuit | string): Score {
  const cellCount = cellBits(netlist)
  const counts = { cellCount, ...(prepared !== null && { referenceCellCount: prepared.cells }) }
  const latches = netlist.cells.filter(isLatch).length
  if (latches > 0 && (prepared?.latches ?? 0) === 0)
    return zero('latch', `It infers ${latches === 1 ? 'a latch' : `${latches} latches`}.`, counts)
  if (prepared !== null && cellCount > Math.max(MIN_CELL_ALLOWANCE, MAX_CELL_RATIO * prepared.cells)) {
    return zero('too-large', `It needs ${cellCount} cell bits, the reference ${prepared.cells}.`, counts)
  }
  if (typeof built === 'string') return zero('failed', `The design ${built}.`, counts)
  const compared = prepared === null ? '' : ` (reference: ${prepared.cells})`
  return passed(`It synthesises without a latch, to ${cellCount} cell bits${compared}.`, counts)
}

function scoreFunction({ task, prepared, stimulusSeed }: Compiled, circuit: Circuit, synthesis: Score): Score {
  if ('outcome' in synthesis && (synthesis.outcome === 'latch' || synthesis.outcome === 'too-large')) {
    return zero(synthesis.outcome, `Not simulated: ${synthesis.evidence.summary}`)
  }
  if (prepared === null || !isReferenced(task)) return { unscored: OPEN }
  const comparison = compareCircuits(prepared.circuit, circuit, task, stimulusSeed)
  return functionalScore(comparison, task.trivialMatch)
}

/** value = max(0, (m - m0) / (1 - m0)): m is the share of matching cycles, m0 what the best trivial design gets. */
export function functionalScore(comparison: Comparison, trivialMatch: number): Score {
  const { cycles, matchingCycles, counterexample, isUnstable } = comparison
  const evidence = { cycles, matchingCycles, ...(counterexample && { counterexample }) }
  if (isUnstable) return zero('failed', 'The design oscillates.', evidence)
  if (matchingCycles === cycles) return passed(`All ${cycles} cycles match the reference.`, evidence)
  const share = matchingCycles / cycles
  const value = Math.max(0, (share - trivialMatch) / (1 - trivialMatch))
  const summary = `${matchingCycles} of ${cycles} cycles match; the best trivial design has ${Math.round(trivialMatch * cycles)}.`
  return { value: Math.min(value, 1 - 1 / cycles), outcome: value > 0 ? 'partial' : 'failed', evidence: { summary, ...evidence } }
}

function scoreReasoning({ reasoning, netlist, task, prepared }: Compiled, circuit: Circuit): Score {
  const facts = factsOf(netlist, circuit, task.stimulus ?? NO_PLAN)
  const { value, statements, missing } = checkReasoning(reasoning, facts, prepared?.required ?? requiredKinds(facts))
  const right = statements.filter(({ isTrue }) => isTrue).length
  const gaps = missing.length === 0 ? '' : ` Nothing true about: ${missing.join(', ')}.`
  const summary = `${right} of ${statements.length} statements are true of the design.${gaps}`
  return {
    value,
    outcome: value === 1 ? 'passed' : value > 0 ? 'partial' : 'failed',
    evidence: { summary, statements: [...statements] },
  }
}

function scoreQuality({ code, warnings, netlist, prepared }: Compiled): Score {
  if (isEmpty(netlist) && (prepared === null || !isEmpty(prepared.netlist))) return zero('failed', 'The module does nothing.')
  const deductions = qualityDeductions(code, warnings)
  const value = qualityValue(deductions)
  const summary = deductions.length === 0 ? 'Nothing to deduct.' : `${deductions.length} deductions.`
  return { value, outcome: value === 1 ? 'passed' : 'partial', evidence: { summary, deductions } }
}

function passed(summary: string, evidence: Omit<Evidence, 'summary'> = {}): Score {
  return { value: 1, outcome: 'passed', evidence: { summary, ...evidence } }
}

function zero(outcome: Outcome, summary: string, evidence: Omit<Evidence, 'summary'> = {}): Score {
  return { value: 0, outcome, evidence: { summary, ...evidence } }
}
