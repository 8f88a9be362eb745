/** A step's trace -> metric points. Keys: contract/metrics.ts. */
import { RATE_KEY } from '#contract/metrics'
import { COMPONENTS, isScored, type Component, type ScoreReport } from '#contract/score'
import { mean, standardDeviation } from '#statistics/pass-at-k'
import type { SamplerMismatch, UpdateStats, WeighedGroup, WeighedRollout } from '../flow.ts'
import { varianceShares } from './variance-shares.ts'

export type Metrics = Record<string, number>

/** What of a step's trace becomes metrics. */
export interface StepFacts {
  /** Without groups: the step learnt from references. */
  readonly isSupervised?: boolean
  readonly groups: readonly WeighedGroup[]
  readonly updates: readonly UpdateStats[]
  readonly equalGroupCount: number
  readonly filteredGroupCount: number
  readonly roundCount: number
  readonly maskedCount: number
  readonly overlongPenalty: number
  readonly klCoef: number
  readonly kl: number
  readonly learningRate: number
  readonly explainedVariance: number | null
  readonly samplerMismatch: SamplerMismatch | null
}

export function stepMetrics(facts: StepFacts): Metrics {
  if (facts.isSupervised === true) return supervisedMetrics(facts)
  const rollouts = facts.groups.flatMap((group) => group.rollouts)
  return {
    ...rateMetrics(
      rollouts.map(({ report }) => report),
      'train',
    ),
    ...countMetrics(rollouts),
    ...rewardMetrics(rollouts),
    ...varianceMetrics(facts.groups),
    ...completionMetrics(facts.groups),
    ...updateMetrics(facts.updates),
    'train/frac_reward_zero_std': facts.groups.length === 0 ? 0 : facts.equalGroupCount / facts.groups.length,
    'train/filtered_groups': facts.filteredGroupCount,
    'train/prompt_rounds': facts.roundCount,
    'train/completions/masked_share': rollouts.length === 0 ? 0 : facts.maskedCount / rollouts.length,
    'train/overlong_penalty': facts.overlongPenalty,
    'train/kl_coef': facts.klCoef,
    'train/kl': facts.kl,
    'train/learning_rate': facts.learningRate,
    ...(facts.explainedVariance !== null && { 'train/explained_variance': facts.explainedVariance }),
    ...(facts.samplerMismatch !== null && samplerMetrics(facts.samplerMismatch)),
  }
}

function samplerMetrics({ meanDifference, maxDifference, meanWeight, cappedShare }: SamplerMismatch): Metrics {
  return {
    'train/sampling/logp_difference/mean': meanDifference,
    'train/sampling/logp_difference/max': maxDifference,
    'train/sampling/importance_ratio/mean': meanWeight,
    'train/sampling/importance_ratio/capped_share': cappedShare,
  }
}

/** A step without rollouts has neither rewards nor rates, rather than ones of 0. */
function supervisedMetrics({ updates, learningRate }: StepFacts): Metrics {
  const meanOf = (key: keyof UpdateStats): number => mean(updates.map((stats) => stats[key]))
  return {
    ...(updates.length > 0 && {
      'train/supervised_loss': meanOf('loss'),
      'train/supervised_tokens': updates.reduce((sum, { tokenCount }) => sum + tokenCount, 0),
      'train/entropy': meanOf('entropy'),
      'train/grad_norm': meanOf('gradNorm'),
    }),
    'train/learning_rate': learningRate,
  }
}

/** The five rates over the scored reports; a component that nobody could score has no rate. */
export function rateMetrics(reports: readonly ScoreReport[], prefix: string): Metrics {
  const metrics: Metrics = {}
  for (const component of COMPONENTS) {
    const measures = reports.flatMap((report) => measureOf(report, component) ?? [])
    if (measures.length > 0) metrics[`${prefix}/${RATE_KEY[component]}`] = mean(measures)
  }
  return metrics
}

/** What a component's rate is the mean of: 1 or 0 for compiling, passing and synthesising, the value for the other two. */
export function measureOf({ scores }: Pick<ScoreReport, 'scores'>, component: Component): number | null {
  const score = scores[component]
  if (!isScored(score)) return null
  return component === 'functional' ? (score.outcome === 'passed' ? 1 : 0) : score.value
}

function countMetrics(rollouts: readonly WeighedRollout[]): Metrics {
  return Object.fromEntries(
    COMPONENTS.flatMap((component) => {
      const scored = rollouts.filter(({ report }) => isScored(report.scores[component])).length
      return [
        [`train/${component}/scored_count`, scored],
        [`train/${component}/unscored_count`, rollouts.length - scored],
      ]
    }),
  )
}

function rewardMetrics(rollouts: readonly WeighedRollout[]): Metrics {
  const rewarded = rollouts.filter(({ reward }) => reward !== null)
  const rewards = rewarded.map(({ reward }) => reward!)
  return {
    'train/reward': mean(rewards),
    'train/reward_std': standardDeviation(rewards),
    ...Object.fromEntries(
      COMPONENTS.map((component) => [`train/rewards/${component}/mean`, mean(rewarded.map(({ parts }) => parts[component]))]),
    ),
  }
}

/** Nothing where no group's rewards differ. */
function varianceMetrics(groups: readonly WeighedGroup[]): Metrics {
  const shares = Object.entries(varianceShares(groups) ?? {})
  return Object.fromEntries(shares.map(([component, share]) => [`train/rewards/${component}/variance_share`, share]))
}

function completionMetrics(groups: readonly WeighedGroup[]): Metrics {
  const completions = groups.flatMap((group) => group.rollouts.map(({ rollout }) => rollout.completion))
  const distinctShares = groups
    .filter(({ rollouts }) => rollouts.length > 0)
    .map(({ rollouts }) => new Set(rollouts.map(({ rollout }) => rollout.completion.text)).size / rollouts.length)
  return {
    'train/completions/count': completions.length,
    'train/completions/tokens': completions.reduce((sum, { tokens }) => sum + tokens.length, 0),
    'train/completions/mean_length': mean(completions.map(({ tokens }) => tokens.length)),
    'train/completions/truncated_share': mean(completions.map(({ isTruncated }) => (isTruncated ? 1 : 0))),
    'train/completions/distinct_share': mean(distinctShares),
  }
}

/** Means over the step's minibatches; nothing when no group taught anything. */
function updateMetrics(updates: readonly UpdateStats[]): Metrics {
  if (updates.length === 0) return {}
  const meanOf = (key: keyof UpdateStats): number => mean(updates.map((stats) => stats[key]))
  return {
    'train/loss': meanOf('loss'),
    'train/policy_loss': meanOf('policyLoss'),
    'train/value_loss': meanOf('valueLoss'),
    'train/entropy': meanOf('entropy'),
    'train/approx_kl': meanOf('approxKl'),
    'train/ratio': meanOf('ratio'),
    'train/clip_ratio/low': meanOf('clipRatioLow'),
    'train/clip_ratio/high': meanOf('clipRatioHigh'),
    'train/clip_ratio/dual': meanOf('clipRatioDual'),
    'train/grad_norm': meanOf('gradNorm'),
  }
}
