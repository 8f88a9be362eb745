/** One completion -> five scores, in one thread. Fails closed: whatever the completion can cause is 0. */
import type { Judge } from '#contract/run-config'
import type { Diagnostic, Evidence, Outcome, Score, ScoreReport, Scores } from '#contract/score'
import { isReferenced, type Task } from '#contract/task'
import { extract } from './extract.ts'
import { functionalVerdict } from './functional-verdict.ts'
import { whyRefused } from './guard.ts'
import { portMismatch, portsOf } from './ports.ts'
import { designFacts, type PreparedTask } from './prepared-task.ts'
import { qualityDeductions, qualityValue } from './quality.ts'
import { yosysFindings } from './quality/yosys-findings.ts'
import { scoreReasoning, type Grounds } from './reasoning/score-reasoning.ts'
import { requiredKinds } from './reasoning/statements.ts'
import type { Simulated } from './simulation.ts'
import { NO_NAMES, testbenchNames, type TestbenchNames } from './testbench/testbench-names.ts'
import { synthesisedBy } from './tools/native-yosys.ts'
import { YOSYS_VERSION, type Synthesis } from './tools/yosys.ts'
import { circuitOf, type Circuit } from './verilog/circuit.ts'
import { compareCircuits, type Comparison } from './verilog/compare.ts'
import { toolTextOf } from '../verilog/tool-text.ts'
import { cellBits, isLatch, type Netlist } from './verilog/netlist.ts'

/** Part of every cache key: raise it when a score's meaning changes. */
export const SCORER_VERSION = '4'

/** A design that needs this many times the reference's cells memorises instead of computing. */
const MAX_CELL_RATIO = 20
/** Small references leave room for plain but wordy designs. */
const MIN_CELL_ALLOWANCE = 400

export const TOOLS: Readonly<Record<string, string>> = { yosys: YOSYS_VERSION }

export interface DesignJob {
  readonly completion: string
  readonly task: Task
  readonly stimulusSeed: number
  readonly judge: Judge
  /** null for the judge `netlist`. */
  readonly simulated: Simulated | null
  /** A reference comes with the data set like its testbench: no guard stands before it, only the box. */
  readonly isReference: boolean
}

/** Of the task's own testbench. */
function namesOf({ testbench }: Task): TestbenchNames {
  return testbench === undefined ? NO_NAMES : testbenchNames(testbench)
}

export interface Admitted {
  /** As it was written. */
  readonly code: string
  /** What tools get to read. */
  readonly toolText: string
}

/** The module of a completion that tools may see, or the report on one that has none. */
export function admit(completion: string, task: Task, isReference: boolean): Admitted | { readonly report: ScoreReport } {
  const { code, reasoning } = extract(completion)
  const stopped = (scores: Scores): { report: ScoreReport } => ({
    report: { scores, code: code ?? '', reasoning, tools: {}, isFromCache: false },
  })
  if (code === null) return stopped(allStopped('no-module', 'There is no closed ```verilog fence with a module.'))
  const refused = isReference ? null : whyRefused(code, { moduleName: task.moduleName, names: namesOf(task) })
  if (refused !== null) {
    const { refusal, why } = refused
    return stopped(allStopped('refused', `Refused before any tool saw it: it ${why}.`, { refusal }))
  }
  return { code, toolText: isReference ? code : toolTextOf(code) }
}

/** A completion's report with what else is needed to report on another one that holds the same module. */
export interface ScoredDesign extends ScoreReport {
  /** null where an earlier stage failed, so that no reasoning is read. */
  readonly grounds: Grounds | null
}

/** `prepared` is null for a task whose reference is missing or beyond Yosys: a testbench decides it, or nothing does. */
export async function scoreDesign(job: DesignJob, prepared: PreparedTask | null): Promise<ScoredDesign> {
  const { completion, task, simulated, isReference } = job
  const admitted = admit(completion, task, isReference)
  if ('report' in admitted) return { ...admitted.report, grounds: null }
  const { code, toolText } = admitted
  const stop = simulated === null ? null : stoppedBySimulator(simulated)
  const { synthesis, tools } = stop === null ? await synthesised(toolText, job) : { synthesis: null, tools: {} }
  const { scores, grounds } = stop === null ? scoresOf(job, code, synthesis!, prepared) : ungrounded(stop)
  return reportFor(completion, { scores, code, reasoning: '', tools, isFromCache: false, grounds })
}

/** The same design in another completion: only the words before it differ. */
export function reportFor(completion: string, { scores, grounds, ...rest }: ScoredDesign): ScoredDesign {
  const { reasoning } = extract(completion)
  const read = grounds === null ? scores.reasoning : scoreReasoning(reasoning, grounds)
  return { ...rest, reasoning, scores: { ...scores, reasoning: read }, grounds }
}

type Grounded = Pick<ScoredDesign, 'scores' | 'grounds'>

function ungrounded(scores: Scores): Grounded {
  return { scores, grounds: null }
}

async function synthesised(
  code: string,
  { task, simulated }: DesignJob,
): Promise<{ synthesis: Synthesis; tools: Readonly<Record<string, string>> }> {
  const native = simulated?.synthesis ?? null
  const { synthesis, isNative } = await synthesisedBy(native, code, task.moduleName)
  return { synthesis, tools: isNative ? { 'yosys-native': native!.version } : TOOLS }
}

/** Scores of a design that the simulator did not compile; null when it did, or does not know the construct. */
function stoppedBySimulator({ verdict }: Simulated): Scores | null {
  switch (verdict.outcome) {
    case 'compile-error':
      return allStopped('compile-error', 'It does not compile.', { diagnostics: [...verdict.diagnostics] })
    case 'tool-crash':
      return allStopped('tool-crash', verdict.summary)
    case 'timeout':
      return verdict.wasCompiled ? null : allStopped('timeout', verdict.summary)
    default:
      return null
  }
}

function scoresOf(job: DesignJob, code: string, synthesis: Synthesis, prepared: PreparedTask | null): Grounded {
  const { task, simulated } = job
  const isCompiled = simulated !== null && simulated.verdict.outcome !== 'tool-limit' && simulated.verdict.outcome !== 'unusable'
  if (synthesis.outcome !== 'synthesised') {
    const latch = inferredLatch(synthesis)
    if (isCompiled || latch !== null) return ungrounded(notSynthesised(job, synthesis, latch, prepared))
    return ungrounded(
      synthesis.outcome === 'crashed'
        ? allStopped('tool-crash', `Yosys broke down on it: ${synthesis.reason}`)
        : allStopped('compile-error', 'It does not compile.', { diagnostics: [...synthesis.diagnostics] }),
    )
  }
  const wanted = task.ports.length > 0 ? task.ports : prepared === null ? null : portsOf(prepared.netlist)
  const mismatch = wanted === null ? null : portMismatch(synthesis.netlist, wanted)
  if (mismatch !== null) return ungrounded(allStopped('port-mismatch', `It compiles, but ${mismatch}.`))
  return scoreCompiled({ ...job, code, netlist: synthesis.netlist, warnings: synthesis.warnings, prepared })
}

/** Scores of a completion that a stage before synthesis stopped. */
export function allStopped(outcome: Outcome, summary: string, evidence: Omit<Evidence, 'summary'> = {}): Scores {
  const compilation = zero(outcome, summary, evidence)
  return { compilation, functional: NOT_REACHED, synthesis: NOT_REACHED, reasoning: NOT_REACHED, quality: NOT_REACHED }
}

const NOT_REACHED: Score = zero('not-reached', 'An earlier stage failed.')

/** In an always_comb or always_ff block Yosys takes a latch for an error. */
function inferredLatch(synthesis: Exclude<Synthesis, { outcome: 'synthesised' }>): string | null {
  const diagnostics = synthesis.outcome === 'rejected' ? synthesis.diagnostics : []
  return diagnostics.find(({ message }) => message.startsWith('Latch inferred'))?.message ?? null
}

/** It compiles, and is no hardware: a simulator may still decide what it does. */
function notSynthesised(
  job: DesignJob,
  result: Exclude<Synthesis, { outcome: 'synthesised' }>,
  latch: string | null,
  prepared: PreparedTask | null,
): Scores {
  const diagnostics = result.outcome === 'rejected' ? [...result.diagnostics] : []
  const synthesis =
    latch !== null ? zero('latch', latch, { diagnostics }) : zero('failed', 'Yosys does not synthesise it.', { diagnostics })
  // Under the judge `both`, what the netlist judge could decide of the reference it must be able to decide of the design.
  const isDecidable = job.judge === 'both' && isReferenced(job.task) && (prepared?.circuit ?? null) !== null
  const netlist = isDecidable ? zero('failed', 'Yosys does not synthesise it.') : null
  // Where the reference has the same trouble nothing can be said against the design.
  const isHeldAgainst = latch !== null && isReferenced(job.task)
  return {
    compilation: passed('It compiles.', { diagnostics }),
    synthesis,
    functional: isHeldAgainst || job.simulated === null ? zero('latch', `Not simulated: ${latch}`) : verdictOf(job, netlist),
    reasoning: NOT_REACHED,
    quality: NOT_REACHED,
  }
}

interface Compiled extends DesignJob {
  readonly code: string
  readonly netlist: Netlist
  readonly warnings: readonly Diagnostic[]
  readonly prepared: PreparedTask | null
}

function scoreCompiled(design: Compiled): Grounded {
  const compilation = passed('It compiles and has the ports of the task.', { diagnostics: [...design.warnings] })
  const built = circuitOf(design.netlist)
  const synthesis = scoreSynthesis(design, built)
  const isHardware = 'outcome' in synthesis && synthesis.outcome === 'passed'
  const functional = scoreFunction(design, built, synthesis)
  // True words and good style are no comfort for hardware that nobody can build: a latch must not earn more than an empty body.
  const quality = isHardware ? scoreQuality(design) : NOT_REACHED
  const grounds = isHardware && typeof built !== 'string' ? groundsOf(design, built) : null
  return { scores: { compilation, functional, synthesis, reasoning: NOT_REACHED, quality }, grounds }
}

/** A body that says nothing: no logic, and no output that is an input. */
function isEmpty(netlist: Netlist): boolean {
  if (netlist.cells.length > 0) return false
  const inputs = new Set(Object.values(netlist.ports).flatMap(({ direction, bits }) => (direction === 'input' ? bits : [])))
  return !Object.values(netlist.ports).some(
    ({ direction, bits }) => direction === 'output' && bits.some((bit) => inputs.has(bit)),
  )
}

/** A loop of inverters is folded away before any check: what is left of it is a net of Yosys' own that has lost its driver. */
const FOLDED_LOOP = /^Wire \w+\.\$\S+ is used but has no driver/

function scoreSynthesis({ netlist, prepared, warnings }: Compiled, built: Circuit | string): Score {
  const cellCount = cellBits(netlist)
  const counts = { cellCount, ...(prepared !== null && { referenceCellCount: prepared.cells }) }
  const latches = netlist.cells.filter(isLatch).length
  if (latches > 0 && (prepared?.latches ?? 0) === 0)
    return zero('latch', `It infers ${latches === 1 ? 'a latch' : `${latches} latches`}.`, counts)
  if (prepared !== null && cellCount > Math.max(MIN_CELL_ALLOWANCE, MAX_CELL_RATIO * prepared.cells)) {
    return zero('too-large', `It needs ${cellCount} cell bits, the reference ${prepared.cells}.`, counts)
  }
  if (typeof built === 'string') return zero('failed', `The design ${built}.`, counts)
  if (warnings.some(({ message }) => FOLDED_LOOP.test(message)))
    return zero('failed', 'The design has a combinational loop.', counts)
  const compared = prepared === null ? '' : ` (reference: ${prepared.cells})`
  return passed(`It synthesises without a latch, to ${cellCount} cell bits${compared}.`, counts)
}

function scoreFunction(design: Compiled, circuit: Circuit | string, synthesis: Score): Score {
  const isRuledOut = 'outcome' in synthesis && (synthesis.outcome === 'latch' || synthesis.outcome === 'too-large')
  if (isRuledOut && design.prepared !== null) {
    return zero(synthesis.outcome, `Not simulated: ${synthesis.evidence.summary}`)
  }
  // A simulation that was decisive has no need of another, unless the run asks for both.
  const isDecided = design.judge === 'testbench' && design.simulated!.verdict.outcome !== 'tool-limit'
  return verdictOf(design, isDecided ? null : netlistVerdict(design, circuit))
}

function verdictOf({ judge, simulated, task }: DesignJob, netlist: Score | null): Score {
  return functionalVerdict(judge, netlist, simulated?.verdict ?? null, task.trivialMatch)
}

/** null where the netlist judge cannot decide the task. */
function netlistVerdict({ task, prepared, stimulusSeed }: Compiled, circuit: Circuit | string): Score | null {
  const reference = prepared?.circuit ?? null
  if (reference === null || !isReferenced(task)) return null
  if (typeof circuit === 'string') return zero('failed', `The design ${circuit}.`)
  return functionalScore(compareCircuits(reference, circuit, task, stimulusSeed), task.trivialMatch)
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

function groundsOf({ netlist, task, prepared }: Compiled, circuit: Circuit): Grounds {
  const facts = designFacts(netlist, circuit, task)
  return { facts, required: prepared?.required ?? requiredKinds(facts) }
}

function scoreQuality({ code, warnings, netlist, prepared, simulated }: Compiled): Score {
  if (isEmpty(netlist) && (prepared === null || !isEmpty(prepared.netlist))) return zero('failed', 'The module does nothing.')
  const deductions = qualityDeductions(code, [...(simulated?.findings ?? []), ...yosysFindings(warnings)])
  const value = qualityValue(deductions)
  const summary =
    deductions.length === 0
      ? 'Nothing to deduct.'
      : deductions.length === 1
        ? 'One deduction.'
        : `${deductions.length} deductions.`
  return { value, outcome: value === 1 ? 'passed' : 'partial', evidence: { summary, deductions } }
}

function passed(summary: string, evidence: Omit<Evidence, 'summary'> = {}): Score {
  return { value: 1, outcome: 'passed', evidence: { summary, ...evidence } }
}

function zero(outcome: Outcome, summary: string, evidence: Omit<Evidence, 'summary'> = {}): Score {
  return { value: 0, outcome, evidence: { summary, ...evidence } }
}
