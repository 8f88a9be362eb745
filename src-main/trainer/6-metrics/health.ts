/** Metrics that a person should look at, in plain words. */
import type { Metrics } from './step-metrics.ts'

export interface Warning {
  readonly code: string
  readonly evidence: string
}

interface Rule {
  readonly code: string
  readonly key: string
  readonly limit: number
  readonly say: (value: number) => string
}

const percent = (share: number): string => `${Math.round(share * 100)} %`

const RULES: readonly Rule[] = [
  {
    code: 'groups-without-variance',
    key: 'train/frac_reward_zero_std',
    limit: 0.6,
    say: (value) =>
      `${percent(value)} of the groups have equal rewards and teach nothing. Raise the temperature or the group size.`,
  },
  {
    code: 'kl-high',
    key: 'train/kl',
    limit: 0.5,
    say: (value) => `The policy is ${value.toFixed(2)} nats a token from the reference. Lower the learning rate or raise klCoef.`,
  },
  {
    code: 'update-too-large',
    key: 'train/approx_kl',
    limit: 0.1,
    say: (value) => `One step moved the policy by ${value.toFixed(2)} nats a token. Lower the learning rate.`,
  },
  {
    code: 'completions-truncated',
    key: 'train/completions/truncated_share',
    limit: 0.3,
    say: (value) => `${percent(value)} of the completions hit the token limit. Raise maxCompletionTokens.`,
  },
]

/** Rules that this step breaks and the last one did not: a warning is said once, when it begins. */
export function newWarnings(now: Metrics, before: Metrics | null): Warning[] {
  const breaks = (metrics: Metrics | null, { key, limit }: Rule): boolean => (metrics?.[key] ?? 0) > limit
  return RULES.filter((rule) => breaks(now, rule) && !breaks(before, rule)).map(({ code, key, say }) => ({
    code,
    evidence: say(now[key]!),
  }))
}

/** Names of metrics that are not finite numbers. */
export function notFinite(metrics: Metrics): string[] {
  return Object.entries(metrics).flatMap(([key, value]) => (Number.isFinite(value) ? [] : [key]))
}
