/** Scores completions: cache, de-duplication of identical work, one retry alone after a timeout. Completions with the same module share its scores. */
import { createHash } from 'node:crypto'
import { availableParallelism } from 'node:os'
import type { Judge } from '#contract/run-config'
import { isScored, type ScoreReport, type Scores } from '#contract/score'
import { isReferenced, type Task } from '#contract/task'
import { toolTextOf } from '../verilog/tool-text.ts'
import { extract, fenced } from './extract.ts'
import { ScorePool, type JobResult } from './pool.ts'
import { admit, allStopped, reportFor, SCORER_VERSION, TOOLS, type DesignJob, type ScoredDesign } from './score-design.ts'
import type { Simulated, Simulation } from './simulation.ts'

export interface Scorer {
  /** Never rejects for anything that a completion can cause. */
  score(completion: string, task: Task, stimulusSeed: number): Promise<ScoreReport>
  /** The task's own reference, which no guard stands before. */
  scoreReference(task: TaskWithReference, stimulusSeed: number): Promise<ScoreReport>
  /** Tool -> version, as recorded with every score. */
  readonly tools: Readonly<Record<string, string>>
  readonly version: string
  /** The same with another judge: it shares workers and cache, and is closed with this one. The simulation stays its owner's to close. */
  judgedBy(judge: Judge, simulation: Simulation): Scorer
  /** The same, which tries to prove what passes. */
  proving(): Scorer
  close(): Promise<void>
}

export type TaskWithReference = Task & { readonly reference: string }

export interface ScorerOptions {
  readonly workers?: number
  readonly timeoutMs?: number
  readonly prepareTimeoutMs?: number
  /** It gives way to an engine of the same machine. */
  readonly isBehind?: boolean
}

const DEFAULT_TIMEOUT_MS = 5_000
/** Public sets have references that take four seconds on an idle processor. */
const DEFAULT_PREPARE_TIMEOUT_MS = 60_000
const MAX_CACHED = 20_000
/** A proof gives up by itself; the pool's limit stands behind it. */
const PROOF_MS = 3_000
const NO_PROOF = { outcome: 'unknown', summary: 'The solver came to no end.' } as const
const PROOF_WORDS = { proved: 'Proved', refuted: 'Not proved', unknown: 'Not proved' } as const
/** Hostile designs were seen to take 0.7 GB before they time out. */
const MAX_GROWTH_BYTES = 2.4e9

/** With the judge `netlist`, which needs nothing. */
export function createScorer({
  workers = Math.min(2, availableParallelism()),
  timeoutMs = DEFAULT_TIMEOUT_MS,
  prepareTimeoutMs = DEFAULT_PREPARE_TIMEOUT_MS,
  isBehind = false,
}: ScorerOptions = {}): Scorer {
  const limits = { timeoutMs, prepareTimeoutMs, maxGrowthBytes: MAX_GROWTH_BYTES, isBehind }
  const workshop: Workshop = {
    pool: new ScorePool({ workers, ...limits }),
    quietPool: new ScorePool({ workers: 1, ...limits }),
    designs: new Map(),
    pending: new Map(),
  }
  return new CachedScorer(workshop, 'netlist', null)
}

/** What scorers with different judges share. */
interface Workshop {
  readonly pool: ScorePool
  /** Timed-out work is tried again here, where nothing else competes for the worker. */
  readonly quietPool: ScorePool
  readonly designs: Map<string, ScoredDesign>
  readonly pending: Map<string, Promise<ScoredDesign>>
}

class CachedScorer implements Scorer {
  readonly tools: Readonly<Record<string, string>>
  readonly version = SCORER_VERSION
  readonly #workshop: Workshop
  readonly #judge: Judge
  readonly #simulation: Simulation | null
  readonly #isProving: boolean

  constructor(workshop: Workshop, judge: Judge, simulation: Simulation | null, isProving = false) {
    this.#isProving = isProving
    this.#workshop = workshop
    this.#judge = judge
    this.#simulation = simulation
    this.tools = { ...TOOLS, ...simulation?.tools }
  }

  judgedBy(judge: Judge, simulation: Simulation): Scorer {
    return new CachedScorer(this.#workshop, judge, judge === 'netlist' ? null : simulation, this.#isProving)
  }

  proving(): Scorer {
    return new CachedScorer(this.#workshop, this.#judge, this.#simulation, true)
  }

  score(completion: string, task: Task, stimulusSeed: number): Promise<ScoreReport> {
    return this.#known({ completion, task, stimulusSeed, isReference: false })
  }

  scoreReference(task: TaskWithReference, stimulusSeed: number): Promise<ScoreReport> {
    return this.#known({ completion: fenced(task.reference), task, stimulusSeed, isReference: true })
  }

  async #known(order: Order): Promise<ScoreReport> {
    const { designs, pending } = this.#workshop
    const key = `${this.#isProving} ${designKey(order, this.#judge, this.tools)}`
    const known = designs.get(key) ?? pending.get(key)
    if (known !== undefined) return { ...worded(order, await known), isFromCache: true }
    const job = this.#compute(order, key).finally(() => pending.delete(key))
    pending.set(key, job)
    return worded(order, await job)
  }

  async close(): Promise<void> {
    await Promise.all([this.#workshop.pool.close(), this.#workshop.quietPool.close()])
  }

  async #compute(order: Order, key: string): Promise<ScoredDesign> {
    const simulated = await this.#simulated(order)
    if (simulated !== null && 'report' in simulated) return this.#kept(key, { ...simulated.report, grounds: null })
    const job = { kind: 'score', ...order, judge: this.#judge, simulated } as const
    let result = await this.#workshop.pool.run(job)
    if (result.outcome === 'timeout') result = await this.#workshop.quietPool.run(job)
    // Timeouts and unscored results are never kept: another try may fare better.
    if (result.outcome === 'decided') throw new Error('a score was asked for, a proof came')
    if (result.outcome !== 'scored') return { ...reportOf(order.completion, result), grounds: null }
    const scored = { ...result.report, tools: { ...result.report.tools, ...this.#simulation?.tools } }
    const design = this.#isProving ? await this.#withProof(scored, order.task) : scored
    return simulated?.verdict.outcome !== 'timeout' && isScored(design.scores.functional) ? this.#kept(key, design) : design
  }

  /** What the simulator says; a report where it may not see the design at all; null when the judge needs none. */
  async #simulated({ completion, task, stimulusSeed, isReference }: Order): Promise<Simulated | { report: ScoreReport } | null> {
    if (this.#simulation === null) return null
    const admitted = admit(completion, task, isReference)
    return 'report' in admitted ? admitted : this.#simulation.judge(admitted.toolText, task, stimulusSeed)
  }

  /** The evidence of a design that passed says whether a solver could prove it, too. */
  async #withProof(design: ScoredDesign, task: Task): Promise<ScoredDesign> {
    const { functional } = design.scores
    if (!isScored(functional) || functional.outcome !== 'passed' || !isReferenced(task)) return design
    const result = await this.#workshop.quietPool.run({
      kind: 'prove',
      code: toolTextOf(design.code),
      task,
      limitMs: PROOF_MS,
    })
    const proof = result.outcome === 'decided' ? result.proof : NO_PROOF
    const summary = `${functional.evidence.summary} ${PROOF_WORDS[proof.outcome]}: ${proof.summary}`
    const evidence = { ...functional.evidence, summary, proof }
    return { ...design, scores: { ...design.scores, functional: { ...functional, evidence } } }
  }

  #kept(key: string, design: ScoredDesign): ScoredDesign {
    const { designs } = this.#workshop
    designs.set(key, design)
    if (designs.size > MAX_CACHED) designs.delete(designs.keys().next().value!)
    return design
  }
}

function worded({ completion }: Order, design: ScoredDesign): ScoreReport {
  const { grounds: _, ...report } = reportFor(completion, design)
  return report
}

/** One thing to be scored. */
type Order = Pick<DesignJob, 'completion' | 'task' | 'stimulusSeed' | 'isReference'>

/** Of all that its scores depend on, the reasoning apart: that is read for each completion. */
function designKey(
  { completion, task, stimulusSeed, isReference }: Order,
  judge: Judge,
  tools: Readonly<Record<string, string>>,
): string {
  const { id, reference, stimulus, trivialMatch, testbench = null } = task
  const parts = [
    extract(completion).code,
    id,
    reference,
    stimulus,
    trivialMatch,
    testbench,
    stimulusSeed,
    isReference,
    judge,
    SCORER_VERSION,
    tools,
  ]
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64')
}

function reportOf(completion: string, result: Exclude<JobResult, { outcome: 'scored' | 'decided' }>): ScoreReport {
  const { code, reasoning } = extract(completion)
  return { scores: scoresOf(result), code: code ?? '', reasoning, tools: TOOLS, isFromCache: false }
}

function scoresOf(result: Exclude<JobResult, { outcome: 'scored' | 'decided' }>): Scores {
  switch (result.outcome) {
    case 'timeout':
      return allStopped('timeout', `The tools did not finish it within ${result.limitMs / 1000} s, tried again alone.`)
    case 'crashed':
      return allStopped('tool-crash', `The tools broke down on it: ${result.reason}.`)
    case 'unusable': {
      const unscored = { unscored: result.reason }
      return { compilation: unscored, functional: unscored, synthesis: unscored, reasoning: unscored, quality: unscored }
    }
  }
}
