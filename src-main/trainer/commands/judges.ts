/** Scorers by judge, each made when it is first asked for. */
import { readFileSync } from 'node:fs'
import { allowedSourcesSchema } from '#contract/allowed-sources'
import { Failure } from '#contract/failure'
import type { Judge, RunConfig } from '#contract/run-config'
import { isReferenced, type Task } from '#contract/task'
import { EndpointJudge } from '../3-scores/reasoning/endpoint-judge.ts'
import { withReasoningJudge } from '../3-scores/reasoning/judged-reasoning.ts'
import { createScorer, type Scorer } from '../3-scores/scorer.ts'
import { startSimulation, type Simulation } from '../3-scores/simulation.ts'

/** Whether a person let native simulators run without a sandbox for this data set. What cannot be read allows nothing. */
export function isUnboxedAllowed(dataset: string): boolean {
  const file = process.env.VERITUNE_ALLOWED_SOURCES
  if (file === undefined) return false
  try {
    const { sources } = allowedSourcesSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
    return sources.some((source) => source.dataset === dataset)
  } catch {
    return false
  }
}

/** A rollout that no judge decides would never be learnt from: better said before than found out after hours. Throws Failure dataset.undecidable. */
export function checkJudge(tasks: Readonly<Record<'train' | 'validation', readonly Task[]>>, judge: Judge): void {
  for (const split of ['train', 'validation'] as const) {
    const [first, ...others] = tasks[split].filter((task) => !isDecidable(task, judge))
    if (first === undefined) continue
    const other = judge === 'netlist' ? 'testbench' : 'netlist'
    throw new Failure('dataset.undecidable', { judge, split, count: others.length + 1, example: first.id, other })
  }
}

function isDecidable(task: Task, judge: Judge): boolean {
  return isReferenced(task) || (judge !== 'netlist' && task.testbench !== undefined)
}

export class Judges {
  /** The judge that needs nothing. */
  readonly netlist: Scorer
  readonly #isBehind: boolean
  readonly #simulations = new Map<boolean, Promise<Simulation>>()
  readonly #scorers = new Map<string, Promise<Scorer>>()

  /** `isBehind`: they give way to the engine beside which they score. */
  constructor({ isBehind }: { readonly isBehind: boolean }) {
    this.netlist = createScorer({ isBehind })
    this.#isBehind = isBehind
  }

  /** Throws Failure tool.missing. */
  scorer(judge: Judge, dataset: string): Promise<Scorer> {
    if (judge === 'netlist') return Promise.resolve(this.netlist)
    const isUnboxed = isUnboxedAllowed(dataset)
    const key = `${judge} ${isUnboxed}`
    const found = this.#scorers.get(key) ?? this.#simulation(isUnboxed).then((one) => this.netlist.judgedBy(judge, one))
    this.#scorers.set(key, found)
    // What is missing now may be installed before the next question.
    found.catch(() => this.#scorers.delete(key))
    return found
  }

  /** null where the native tools or their sandbox are missing. */
  async testbench(dataset: string): Promise<{ scorer: Scorer; simulation: Simulation } | null> {
    try {
      const scorer = await this.scorer('testbench', dataset)
      return { scorer, simulation: await this.#simulation(isUnboxedAllowed(dataset)) }
    } catch (error) {
      if (error instanceof Failure) return null
      throw error
    }
  }

  async close(): Promise<void> {
    const simulations = await Promise.allSettled(this.#simulations.values())
    await Promise.all(simulations.map(async (one) => one.status === 'fulfilled' && one.value.close()))
    await this.netlist.close()
  }

  #simulation(isUnboxed: boolean): Promise<Simulation> {
    const options = { environment: process.env, isUnboxedAllowed: isUnboxed, isBehind: this.#isBehind }
    const found = this.#simulations.get(isUnboxed) ?? startSimulation(options)
    this.#simulations.set(isUnboxed, found)
    found.catch(() => this.#simulations.delete(isUnboxed))
    return found
  }
}

/** A run's own. Throws Failure tool.missing. */
export async function scorerOf({ judge, dataset, proof }: RunConfig, judges: Judges): Promise<Scorer> {
  const scorer = await judges.scorer(judge, dataset.id)
  return proof ? scorer.proving() : scorer
}

/** The key comes by environment alone. */
export function gradedReasoning({ reasoningJudge }: RunConfig, scorer: Scorer): Pick<Scorer, 'score'> {
  if (reasoningJudge === null) return scorer
  const { baseUrl, model, share } = reasoningJudge
  const judge = new EndpointJudge({ baseUrl, model, apiKey: process.env.VERITUNE_JUDGE_API_KEY ?? '' })
  return withReasoningJudge(scorer, { judge, share })
}
