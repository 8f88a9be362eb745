/** What a policy can do on tasks that it does not learn from: rates and pass@k with intervals over tasks. */
import { evaluationMetrics, joinMeasures, measureTasks, type TaskMeasures } from '../6-metrics/evaluation-metrics.ts'
import type { Metrics } from '../6-metrics/step-metrics.ts'
import type { Prompt, RolloutGroup, Task } from '../flow.ts'
import type { ScoredGroup } from './stages.ts'

export interface EvaluationStages {
  /** Told before the first of them how many completions there will be in all. */
  expect?(completions: number): void
  /** Completions number 0..count-1 of each prompt at a temperature; the same seeds at every step, so that steps pair. */
  rollOut(prompts: readonly Prompt[], count: number, temperature: number): Promise<RolloutGroup[]>
  score(groups: readonly RolloutGroup[]): Promise<ScoredGroup[]>
}

/** What is measured, and how often. */
export interface EvaluationPlan {
  readonly prompts: readonly Prompt[]
  /** Families of the training tasks: the others are unseen. */
  readonly knownFamilies: ReadonlySet<string>
  /** `eval` or `test`: stands before the keys. */
  readonly prefix: string
}

export interface EvaluationResult {
  readonly metrics: Metrics
  /** Completions at temperature 1. */
  readonly groups: readonly ScoredGroup[]
  /** Of the same tasks in the same order, for gains. */
  readonly measures: readonly TaskMeasures[]
}

export const NEAR_GREEDY = 0.2
export const NEAR_GREEDY_PLACE = 'near_greedy/'
/** In a run; an evaluation of its own may ask for more. */
export const RUN_PASS_AT: readonly number[] = [8]

/** One completion of each task at temperature 1: the evaluation during a run. */
export async function quickEvaluation(stages: EvaluationStages, plan: EvaluationPlan): Promise<EvaluationResult> {
  stages.expect?.(plan.prompts.length)
  const groups = await stages.score(await stages.rollOut(plan.prompts, 1, 1))
  return resultOf(plan, groups, measureTasks(groups, 1), 1)
}

/**
 * pass@1 and rates from `samples` completions of each task at temperature 1, pass@k from the same ones and as many more as `draws` says or the largest
 * k needs, and near-greedy at temperature 0.2: a gain that lower temperature gives for nothing is no learning.
 */
export async function fullEvaluation(
  stages: EvaluationStages,
  plan: EvaluationPlan,
  samples: number,
  passAt: readonly number[] = RUN_PASS_AT,
  draws = 0,
): Promise<EvaluationResult> {
  const most = Math.max(samples, draws, ...passAt)
  stages.expect?.(plan.prompts.length * (most + samples))
  const groups = await stages.score(await stages.rollOut(plan.prompts, most, 1))
  const nearGreedy = await stages.score(await stages.rollOut(plan.prompts, samples, NEAR_GREEDY))
  const measures = joinMeasures(measureTasks(groups, samples, passAt), measureTasks(nearGreedy, samples, [], NEAR_GREEDY_PLACE))
  return resultOf(plan, groups, measures, samples)
}

export function familiesOf(tasks: readonly Task[]): Set<string> {
  return new Set(tasks.map(({ family }) => family))
}

/** Rates, their intervals and how much they rest on. */
export function evaluationSummary(
  measures: readonly TaskMeasures[],
  { knownFamilies, prefix }: Pick<EvaluationPlan, 'knownFamilies' | 'prefix'>,
  samples: number,
): Metrics {
  return {
    ...evaluationMetrics(measures, knownFamilies, prefix),
    [`${prefix}/task_count`]: measures.length,
    [`${prefix}/samples_per_task`]: samples,
  }
}

function resultOf(
  plan: EvaluationPlan,
  groups: readonly ScoredGroup[],
  measures: readonly TaskMeasures[],
  samples: number,
): EvaluationResult {
  return { metrics: evaluationSummary(measures, plan, samples), groups, measures }
}
