/** The reward goes up and what it stands for does not: the policy may have found a way to be paid without it. */
import { COMPONENTS, type Component } from '#contract/components'
import { mean, standardDeviation } from '#statistics/pass-at-k'
import { meanOver, type EvaluationPoint, type RunHistory, type StepPoint } from '../run-history.ts'
import { percent, reward } from './words.ts'

/** Steps at each end whose rewards are compared: prompts differ from step to step, and so does what they pay. */
const STEPS = 10
const EVALUATIONS = 3
const LEAST_SPAN = 20
/** Share of its level that the reward has risen at least: a rise of nothing may be beyond chance, too. */
const LEAST_RISE = 0.05

interface Rise {
  readonly before: readonly StepPoint[]
  readonly now: readonly StepPoint[]
  readonly from: number
  readonly to: number
}

/** limit: in standard errors of the rise. */
export function hacking(history: RunHistory, limit: number): string | null {
  const evaluations = flatEvaluations(history)
  const rise = evaluations === null ? null : riseSince(history, evaluations[0]!.step, limit)
  if (evaluations === null || rise === null) return null
  const last = evaluations.at(-1)!
  const passes = evaluations.map((one) => percent(passOf(one)!)).join(', ')
  const [low, high] = [last.metrics['eval/pass@1_low'], last.metrics['eval/pass@1_high']]
  const interval = low === undefined || high === undefined ? '' : ` [${percent(low)} to ${percent(high)}]`
  const span = rise.now.at(-1)!.step - evaluations[0]!.step
  const { component, by } = mostRisen(rise)
  return [
    `Reward rose from ${reward(rise.from)} to ${reward(rise.to)} over ${span} steps while validation pass@1 stayed at ${percent(passOf(last)!)}${interval}`,
    `(evaluations of steps ${evaluations.map(({ step }) => step).join(', ')}: ${passes}). What rose most is ${component} (+${reward(by)}).`,
    `Read the best paid rollouts. ${remedyOf(component)}`,
  ].join(' ')
}

function remedyOf(component: Component): string {
  return component === 'functional'
    ? 'If they are right, training tasks are learnt by heart: use more of them (dataset.id). If they are wrong, try judge=both.'
    : `Lower reward.weights.${component}, or set reward.gating=functional.`
}

function passOf({ metrics }: EvaluationPoint): number | undefined {
  return metrics['eval/pass@1']
}

/** The last three, when none of the later two is above the first. */
function flatEvaluations({ evaluations }: RunHistory): readonly EvaluationPoint[] | null {
  const last = evaluations.filter((one) => passOf(one) !== undefined).slice(-EVALUATIONS)
  if (last.length < EVALUATIONS || last.at(-1)!.step - last[0]!.step < LEAST_SPAN) return null
  return last.slice(1).every((one) => passOf(one)! <= passOf(last[0]!)!) ? last : null
}

/** The steps right after `since` against the last ones. */
function riseSince({ steps }: RunHistory, since: number, limit: number): Rise | null {
  const after = steps.filter(({ step }) => step > since)
  const [before, now] = [after.slice(0, STEPS), after.slice(-STEPS)]
  if (after.length < 2 * STEPS || before[0]!.step !== since + 1) return null
  if (before[0]!.rewardChange !== now.at(-1)!.rewardChange) return null
  const [first, last] = [rewardsOf(before), rewardsOf(now)]
  const [from, to] = [mean(first), mean(last)]
  const error = Math.sqrt((standardDeviation(first) ** 2 + standardDeviation(last) ** 2) / STEPS)
  return to - from > Math.max(limit * error, LEAST_RISE * Math.abs(from)) ? { before, now, from, to } : null
}

function rewardsOf(points: readonly StepPoint[]): number[] {
  return points.map(({ metrics }) => metrics['train/reward']!)
}

function mostRisen({ before, now }: Rise): { component: Component; by: number } {
  const rises = COMPONENTS.map((component) => {
    const key = `train/rewards/${component}/mean`
    return { component, by: (meanOver(now, key) ?? 0) - (meanOver(before, key) ?? 0) }
  })
  return rises.reduce((most, one) => (one.by > most.by ? one : most))
}
