/** Scores completions: cache, de-duplication of identical work, one retry alone after a timeout. */
import { createHash } from 'node:crypto'
import { availableParallelism } from 'node:os'
import type { ScoreReport, Scores } from '#contract/score'
import { isReferenced, type Task } from '#contract/task'
import { extract } from './extract.ts'
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

export interface ScorerOptions {
  readonly workers?: number
  readonly timeoutMs?: number
}

const DEFAULT_TIMEOUT_MS = 5_000
/** A fresh worker compiles WebAssembly before its first answer. */
const COLD_START_MS = 2_000
const NO_REFERENCE = 'The task has no reference that a simulator could compare with.'
const MAX_CACHED = 20_000
/** Hostile designs were seen to take 0.7 GB before they time out. */
const MAX_GROWTH_BYTES = 2.4e9

export function createScorer(options: ScorerOptions = {}): Scorer {
  return new CachedScorer(options)
}

class CachedScorer implements Scorer {
  readonly tools = TOOLS
  readonly version = SCORER_VERSION
  readonly #pool: ScorePool
  /** Timed-out work is tried again here, where nothing else competes for the worker. */
  readonly #quietPool: ScorePool
  readonly #reports = new Map<string, ScoreReport>()
  readonly #pending = new Map<string, Promise<ScoreReport>>()

  constructor({ workers = Math.min(2, availableParallelism()), timeoutMs = DEFAULT_TIMEOUT_MS }: ScorerOptions) {
    const maxGrowthBytes = MAX_GROWTH_BYTES
    this.#pool = new ScorePool({ workers, timeoutMs, maxGrowthBytes })
    this.#quietPool = new ScorePool({ workers: 1, timeoutMs: timeoutMs + COLD_START_MS, maxGrowthBytes })
  }

  async score(completion: string, task: Task, stimulusSeed: number): Promise<ScoreReport> {
    const key = cacheKey(completion, task, stimulusSeed)
    const known = this.#reports.get(key)
    if (known !== undefined) return { ...known, isFromCache: true }
    const running = this.#pending.get(key)
    if (running !== undefined) return { ...(await running), isFromCache: true }
    const job = this.#compute(completion, task, stimulusSeed, key).finally(() => this.#pending.delete(key))
    this.#pending.set(key, job)
    return job
  }

  async close(): Promise<void> {
    await Promise.all([this.#pool.close(), this.#quietPool.close()])
  }

  async #compute(completion: string, task: Task, stimulusSeed: number, key: string): Promise<ScoreReport> {
    if (!isReferenced(task)) return reportOf(completion, { outcome: 'unusable', reason: NO_REFERENCE })
    const job = { completion, task, stimulusSeed }
    let result = await this.#pool.run(job)
    if (result.outcome === 'timeout') result = await this.#quietPool.run(job)
    if (result.outcome !== 'scored') return reportOf(completion, result)
    // Timeouts and unscored results are never kept: another try may fare better.
    this.#keep(key, result.report)
    return result.report
  }

  #keep(key: string, report: ScoreReport): void {
    this.#reports.set(key, report)
    if (this.#reports.size > MAX_CACHED) this.#reports.delete(this.#reports.keys().next().value!)
  }
}

function cacheKey(completion: string, task: Task, stimulusSeed: number): string {
  const parts = [
    completion,
    task.id,
    task.reference,
    JSON.stringify(task.stimulus),
    task.trivialMatch,
    stimulusSeed,
    'netlist',
    SCORER_VERSION,
    TOOLS,
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
