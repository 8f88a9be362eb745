/** What a plan does, in words. */
import type { ExperimentArm, ExperimentPlan } from '#contract/experiment'
import { formatDuration } from '../../format/duration.ts'
import { counted, grouped } from '../../format/number.ts'

/** `3 seeds`, `1 seed, for as long as GRPO`. */
export function armWords(arm: ExperimentArm, { arms }: ExperimentPlan): string {
  const leader = arms.find(({ name }) => name === arm.asLongAs)
  const seeds = counted(arm.seeds.length, 'seed')
  return leader === undefined ? seeds : `${seeds}, for as long as ${leader.title}`
}

/** `10 240 completions a run`; budgets may hold several bounds. */
export function budgetWords({ rollouts, tokens, seconds }: ExperimentPlan['budget']): string {
  const bounds = [
    rollouts === null ? '' : counted(rollouts, 'completion'),
    tokens === null ? '' : counted(tokens, 'token'),
    seconds === null ? '' : formatDuration(seconds),
  ].filter((text) => text !== '')
  return bounds.length === 0 ? 'the steps of its preset' : `${bounds.join(' or ')} a run`
}

/** `up to 1 000 test tasks, 4 completions each`. */
export function evaluationWords({ taskCount, samples }: ExperimentPlan['evaluation']): string {
  return `up to ${grouped(taskCount)} test tasks, ${counted(samples, 'completion')} each`
}

export function runCount({ arms }: ExperimentPlan): number {
  return arms.reduce((count, { seeds }) => count + seeds.length, 0)
}
