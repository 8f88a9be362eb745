/** What a policy can do on tasks that it does not learn from: rates and pass@k with intervals over tasks. */
import { meanInterval, pairedInterval } from '#statistics/bootstrap'
import { mean, passAtK } from '#statistics/pass-at-k'
import { measureOf, rateMetrics, type Metrics } from '../6-metrics/step-metrics.ts'
import type { Prompt, RolloutGroup } from '../flow.ts'
import { createRandom, hashSeed } from '../math/random.ts'
import type { ScoredGroup } from './stages.ts'

export interface EvaluationStages {
  /** Completions number 0..count-1 of each prompt at a temperature; the same seeds at every step, so that steps pair. */
  rollOut(prompts: readonly Prompt[], count: number, temperature: number): Promise<RolloutGroup[]>
  score(groups: readonly RolloutGroup[]): Promise<ScoredGroup[]>
}

export interface EvaluationResult {
  readonly metrics: Metrics
  readonly groups: readonly ScoredGroup[]
}

const NEAR_GREEDY = 0.2
/** Draws for pass@8. */
const MANY = 8

/** One completion of each task at temperature 1: the evaluation during a run. */
export async function quickEvaluation(
  stages: EvaluationStages,
  prompts: readonly Prompt[],
  prefix: string,
): Promise<EvaluationResult> {
  const groups = await stages.score(await stages.rollOut(prompts, 1, 1))
  return { metrics: atTemperatureOne(groups, 1, prefix), groups }
}

/**
 * pass@1 from `samples` completions of each task at temperature 1, pass@8 from 8 (the same ones and more), and near-greedy at temperature 0.2:
 * a gain that lower temperature gives for nothing is no learning.
 */
export async function fullEvaluation(
  stages: EvaluationStages,
  prompts: readonly Prompt[],
  samples: number,
  prefix: string,
): Promise<EvaluationResult> {
  const groups = await stages.score(await stages.rollOut(prompts, Math.max(samples, MANY), 1))
  const nearGreedy = await stages.score(await stages.rollOut(prompts, samples, NEAR_GREEDY))
  const reports = nearGreedy.flatMap((group) => group.rollouts.map(({ report }) => report))
  return {
    metrics: {
      ...atTemperatureOne(groups, samples, prefix),
      [`${prefix}/pass@8`]: mean(groups.map((group) => passOf(group, Math.max(samples, MANY), MANY))),
      [`${prefix}/near_greedy/pass@1`]: mean(nearGreedy.map((group) => passOf(group, samples, 1))),
      [`${prefix}/near_greedy/compile_rate`]: rateMetrics(reports, 'x')['x/compile_rate'] ?? 0,
    },
    groups,
  }
}

/** Mean of after - before over the same tasks, with its 95 % interval: `<prefix>/pass@1_gain` and its ends. */
export function gainMetrics(before: readonly number[], after: readonly number[], prefix: string): Metrics {
  const gain = pairedInterval(before, after, createRandom(hashSeed('gain')).next)
  return {
    [`${prefix}/pass@1_gain`]: gain.mean,
    [`${prefix}/pass@1_gain_low`]: gain.low,
    [`${prefix}/pass@1_gain_high`]: gain.high,
  }
}

/** pass@1 of each task from its first `samples` completions. */
export function passRates(groups: readonly ScoredGroup[], samples: number): number[] {
  return groups.map((group) => passOf(group, samples, 1))
}

function atTemperatureOne(groups: readonly ScoredGroup[], samples: number, prefix: string): Metrics {
  const counted = groups.map((group) => ({ ...group, rollouts: group.rollouts.slice(0, samples) }))
  const reports = counted.flatMap((group) => group.rollouts.map(({ report }) => report))
  const interval = meanInterval(passRates(groups, samples), createRandom(hashSeed('interval')).next)
  return {
    ...rateMetrics(reports, prefix),
    [`${prefix}/pass@1`]: interval.mean,
    [`${prefix}/pass@1_low`]: interval.low,
    [`${prefix}/pass@1_high`]: interval.high,
    [`${prefix}/task_count`]: groups.length,
    [`${prefix}/samples_per_task`]: samples,
  }
}

function passOf({ rollouts }: ScoredGroup, samples: number, k: number): number {
  const counted = rollouts.slice(0, samples)
  const passed = counted.filter(({ report }) => measureOf(report, 'functional') === 1).length
  return passAtK(counted.length, passed, k)
}
