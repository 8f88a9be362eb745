/** Scores completions: cache, de-duplication of identical work, one retry alone after a timeout. */
import { createHash } from 'node:crypto'
import { availableParallelism } from 'node:os'
import type { Judge } from '#contract/run-config'
import { isScored, type ScoreReport, type Scores } from '#contract/score'
import type { Task } from '#contract/task'
import { extract } from './extract.ts'
import { functionalVerdict } from './functional-verdict.ts'
import type { TestbenchResult } from './testbench/result.ts'
import { ScorePool, type JobResult } from './pool.ts'
import { allStopped, SCORER_VERSION, TOOLS } from './score-design.ts'

export interface Scorer {
  /** Never rejects for anything that a completion can cause. */
  score(completion: string, task: Task, stimulusSeed: number): Promise<ScoreReport>
  /** Tool -> version, as recorded with every score. */
  readonly tools: Readonly<Record<string, string>>
  readonly version: string
  close(): Promise<void>
}

/** Event-driven simulation of a design in the sandbox. */
export interface Simulation {
  judge(code: string, task: Task, stimulusSeed: number): Promise<TestbenchResult>
  /** Tool -> version. */
  readonly tools: Readonly<Record<string, string>>
  close(): Promise<void>
}

export interface ScorerOptions {
  readonly workers?: number
  readonly timeoutMs?: number
  /** What decides the functional score; `netlist` when left out. */
  readonly judge?: Judge
  /** Needed by the judges `testbench` and `both`. Closed with the scorer. */
  readonly simulation?: Simulation
}

const DEFAULT_TIMEOUT_MS = 5_000
/** A fresh worker compiles WebAssembly before its first answer. */
const COLD_START_MS = 2_000
const MAX_CACHED = 20_000
/** Hostile designs were seen to take 0.7 GB before they time out. */
const MAX_GROWTH_BYTES = 2.4e9

export function createScorer(options: ScorerOptions = {}): Scorer {
  return new CachedScorer(options)
}

class CachedScorer implements Scorer {
  readonly tools: Readonly<Record<string, string>>
  readonly version = SCORER_VERSION
  readonly #judge: Judge
  readonly #simulation: Simulation | null
  readonly #pool: ScorePool
  /** Timed-out work is tried again here, where nothing else competes for the worker. */
  readonly #quietPool: ScorePool
  readonly #reports = new Map<string, ScoreReport>()
  readonly #pending = new Map<string, Promise<ScoreReport>>()

  constructor(options: ScorerOptions) {
    const {
      workers = Math.min(2, availableParallelism()),
      timeoutMs = DEFAULT_TIMEOUT_MS,
      judge = 'netlist',
      simulation,
    } = options
    if (judge !== 'netlist' && simulation === undefined) throw new Error(`the judge ${judge} needs a simulation`)
    const maxGrowthBytes = MAX_GROWTH_BYTES
    this.#judge = judge
    this.#simulation = judge === 'netlist' ? null : simulation!
    this.tools = { ...TOOLS, ...this.#simulation?.tools }
    this.#pool = new ScorePool({ workers, timeoutMs, maxGrowthBytes })
    this.#quietPool = new ScorePool({ workers: 1, timeoutMs: timeoutMs + COLD_START_MS, maxGrowthBytes })
  }

  async score(completion: string, task: Task, stimulusSeed: number): Promise<ScoreReport> {
    const key = cacheKey(completion, task, stimulusSeed, this.#judge, this.tools)
    const known = this.#reports.get(key)
    if (known !== undefined) return { ...known, isFromCache: true }
    const running = this.#pending.get(key)
    if (running !== undefined) return { ...(await running), isFromCache: true }
    const job = this.#compute(completion, task, stimulusSeed, key).finally(() => this.#pending.delete(key))
    this.#pending.set(key, job)
    return job
  }

  async close(): Promise<void> {
    await Promise.all([this.#pool.close(), this.#quietPool.close(), this.#simulation?.close()])
  }

  async #compute(completion: string, task: Task, stimulusSeed: number, key: string): Promise<ScoreReport> {
    const job = { completion, task, stimulusSeed }
    let result = await this.#pool.run(job)
    if (result.outcome === 'timeout') result = await this.#quietPool.run(job)
    // Timeouts and unscored results are never kept: another try may fare better.
    if (result.outcome !== 'scored') return reportOf(completion, result)
    const { report, isLasting } = await this.#judged(result.report, task, stimulusSeed)
    if (isLasting) this.#keep(key, report)
    return report
  }

  /** The functional score as this run's judge decides it. A design that an earlier stage stopped is not simulated. */
  async #judged(report: ScoreReport, task: Task, stimulusSeed: number): Promise<{ report: ScoreReport; isLasting: boolean }> {
    const { compilation, functional, synthesis } = report.scores
    const isStopped =
      !isScored(compilation) || compilation.outcome !== 'passed' || (isScored(synthesis) && synthesis.outcome !== 'passed')
    if (this.#simulation === null || isStopped) return { report, isLasting: isScored(functional) }
    const simulated = await this.#simulation.judge(report.code, task, stimulusSeed)
    const netlist = isScored(functional) ? functional : null
    const verdict = functionalVerdict(this.#judge, netlist, simulated, task.trivialMatch)
    const scores = { ...report.scores, functional: verdict }
    return { report: { ...report, scores, tools: this.tools }, isLasting: simulated.outcome !== 'timeout' && isScored(verdict) }
  }

  #keep(key: string, report: ScoreReport): void {
    this.#reports.set(key, report)
    if (this.#reports.size > MAX_CACHED) this.#reports.delete(this.#reports.keys().next().value!)
  }
}

function cacheKey(
  completion: string,
  task: Task,
  stimulusSeed: number,
  judge: Judge,
  tools: Readonly<Record<string, string>>,
): string {
  const parts = [
    completion,
    task.id,
    task.reference,
    JSON.stringify(task.stimulus),
    task.trivialMatch,
    task.testbench ?? null,
    stimulusSeed,
    judge,
    SCORER_VERSION,
    tools,
  ]
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64')
}

function reportOf(completion: string, result: Exclude<JobResult, { outcome: 'scored' }>): ScoreReport {
  const { code, reasoning } = extract(completion)
  return { scores: scoresOf(result), code: code ?? '', reasoning, tools: TOOLS, isFromCache: false }
}

function scoresOf(result: Exclude<JobResult, { outcome: 'scored' }>): Scores {
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
