/** What a person should look at, in plain words with the numbers. Definitions and limits: contract/health-warnings.ts. */
import { WARNINGS, type WarningCode } from '#contract/health-warnings'
import { dominance } from './health/dominance.ts'
import { hacking } from './health/hacking.ts'
import { percent } from './health/words.ts'
import { historyBefore, lastSteps, meanOver, type RunHistory } from './run-history.ts'
import type { Metrics } from './step-metrics.ts'

export interface Warning {
  readonly code: WarningCode
  readonly evidence: string
  readonly isSevere: boolean
}

/** A warning that was silent for so many steps is gone, and is said again when it comes back. */
export const SILENT_STEPS = 5
/** Over so many steps is taken what a single step says too loudly. */
const WINDOW = 5

/** Evidence, then what to do; null where the history breaks no limit. */
type Rule = (history: RunHistory, limit: number) => string | null

const RULES: Readonly<Record<WarningCode, Rule>> = {
  'groups-without-variance': above(
    'train/frac_reward_zero_std',
    WINDOW,
    (value) =>
      `${percent(value)} of the groups of the last ${WINDOW} steps have equal rewards and teach nothing. Raise sampling.temperature or groupSize; under GRPO algorithm.zeroVarianceGroups=resample draws others.`,
  ),
  'one-component-dominates': dominance,
  'hacking-suspected': hacking,
  'length-drift': (history, limit) => {
    const [first, now] = thenAndNow(history, 'train/completions/mean_length')
    if (first === null || now === null || first === 0 || now === 0) return null
    const drift = `Completions are ${now.toFixed(0)} tokens long now, ${first.toFixed(0)} at first.`
    if (now > limit * first)
      return `${drift} Charge length with algorithm.overlongBufferTokens, or set algorithm.lossType=dr_grpo.`
    return first > limit * now ? `${drift} Look what they leave out; raise the weight of that in reward.weights.` : null
  },
  'entropy-collapsed': (history, limit) => {
    const [first, now] = thenAndNow(history, 'train/entropy')
    if (first === null || now === null || now >= limit * first) return null
    return `Entropy fell from ${first.toFixed(3)} to ${now.toFixed(3)} nats a token: the policy hardly tries anything else. Lower optimizer.learningRate, or raise algorithm.entropyCoef or algorithm.clipEpsilonHigh.`
  },
  'duplicate-completions': (history, limit) => {
    const share = recentMean(history, 'train/completions/distinct_share', WINDOW)
    if (share === null || share >= limit) return null
    return `Only ${percent(share)} of a group's completions differ from each other, mean of ${WINDOW} steps. Raise sampling.temperature or algorithm.entropyCoef, or lower groupSize.`
  },
  'kl-high': above(
    'train/kl',
    1,
    (value) =>
      `The policy is ${value.toFixed(2)} nats a token from the reference. Lower optimizer.learningRate or raise algorithm.klCoef.`,
  ),
  'update-too-large': above(
    'train/approx_kl',
    1,
    (value) =>
      `One step moved the policy by ${value.toFixed(2)} nats a token. Lower optimizer.learningRate, or set maxApproxKl lower.`,
  ),
  'critic-misleads': (history, limit) => {
    const explained = recentMean(history, 'train/explained_variance', WINDOW)
    if (explained === null || explained >= limit) return null
    return `The value head explains ${explained.toFixed(2)} of the variance of returns, mean of ${WINDOW} steps: its values add noise to the advantages. Set algorithm.centreReturns=true and algorithm.gaeLambda=1, or lower algorithm.valueLearningRate.`
  },
  'completions-truncated': above(
    'train/completions/truncated_share',
    WINDOW,
    (value) =>
      `${percent(value)} of the completions of the last ${WINDOW} steps hit the token limit. Raise sampling.maxCompletionTokens.`,
  ),
}

/** Warnings that begin with the last step of the history. Pure, so that the same journal always gives the same ones. */
export function newWarnings(history: RunHistory): Warning[] {
  return (Object.keys(RULES) as WarningCode[]).flatMap((code) => {
    const evidence = evidenceOf(code, history)
    return evidence === null || wasSaidLately(code, history) ? [] : [{ code, evidence, isSevere: WARNINGS[code].isSevere }]
  })
}

function evidenceOf(code: WarningCode, history: RunHistory): string | null {
  return history.steps.length === 0 ? null : RULES[code](history, WARNINGS[code].limit)
}

function wasSaidLately(code: WarningCode, history: RunHistory): boolean {
  return Array.from({ length: SILENT_STEPS }, (_, i) => historyBefore(history, i + 1)).some(
    (before) => evidenceOf(code, before) !== null,
  )
}

/** The mean of a metric over the last `count` steps is above the limit. */
function above(key: string, count: number, say: (value: number) => string): Rule {
  return (history, limit) => {
    const value = recentMean(history, key, count)
    return value !== null && value > limit ? say(value) : null
  }
}

function recentMean(history: RunHistory, key: string, count: number): number | null {
  const steps = lastSteps(history, count)
  return steps === null ? null : meanOver(steps, key)
}

/** Means over the first and the last steps of a run; null before the two are apart. */
function thenAndNow(history: RunHistory, key: string): [first: number | null, now: number | null] {
  const recent = lastSteps(history, WINDOW)
  const last = history.first.at(-1)?.step ?? Infinity
  if (recent === null || recent[0]!.step <= last) return [null, null]
  return [meanOver(history.first, key), meanOver(recent, key)]
}

/** Metrics that are not finite numbers, with what they are instead: `train/loss (NaN)`. */
export function notFinite(metrics: Metrics): string[] {
  return Object.entries(metrics).flatMap(([key, value]) => (Number.isFinite(value) ? [] : [`${key} (${value})`]))
}
