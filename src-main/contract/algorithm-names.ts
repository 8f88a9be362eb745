/** Algorithms and the choices that they offer, by name. They stand apart from the schemas, so that screens can name them without carrying a validator. */

/** Each with what it is called on screens and in documents. */
export const ALGORITHM_TITLES = { grpo: 'GRPO', ppo: 'PPO', rloo: 'RLOO', reinforce_plus_plus: 'REINFORCE++' } as const
export type AlgorithmName = keyof typeof ALGORITHM_TITLES

export interface RunMaker {
  readonly algorithm: AlgorithmName
  /** The algorithm of its settings never took a step. */
  readonly isSupervised: boolean
  readonly origin: { readonly tool: 'trl'; readonly trainer: string | null } | null
}

/** What a run learnt by; of a run that another program made, by what that was. */
export function makerTitle({ algorithm, isSupervised, origin }: RunMaker): string {
  if (origin !== null) return ['TRL', origin.trainer ?? ''].join(' ').trim()
  return isSupervised ? 'Supervised' : ALGORITHM_TITLES[algorithm]
}

/** Does a run of these settings learn from references alone? */
export function isSupervisedOnly(config: {
  readonly steps: number
  readonly supervised: { readonly steps: number } | null
}): boolean {
  return config.supervised !== null && config.supervised.steps >= config.steps
}

export const ALGORITHM_NAMES = Object.keys(ALGORITHM_TITLES) as AlgorithmName[]

/**
 * What a minibatch's loss is divided by. grpo: every completion's mean over its tokens counts alike · bnpo: the mean over the tokens of each
 * microbatch, then over microbatches · dapo: the mean over all tokens · dr_grpo: tokens are added up and divided by rollouts x token limit.
 */
export const LOSS_TYPES = ['grpo', 'bnpo', 'dapo', 'dr_grpo'] as const
export type LossType = (typeof LOSS_TYPES)[number]

/** k1: log p - log q · k2: half its square · k3: exp(log q - log p) - (log q - log p) - 1; p the policy, q the reference. */
export const KL_ESTIMATORS = ['k1', 'k2', 'k3'] as const
export type KlEstimator = (typeof KL_ESTIMATORS)[number]

export const ADVANTAGE_SCALES = ['group', 'batch', 'none'] as const
export type AdvantageScale = (typeof ADVANTAGE_SCALES)[number]

export const COMPONENT_ORDERS = ['sum_then_normalise', 'normalise_then_sum'] as const
export const ZERO_VARIANCE_CHOICES = ['keep', 'drop', 'resample'] as const
