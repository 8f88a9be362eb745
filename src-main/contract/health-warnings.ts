/** The catalogue of warnings: what each watches, from where on it is said, and why from there. The rules stand in trainer/6-metrics; documents are made from this. */

export interface WarningDefinition {
  readonly title: string
  /** What is measured, with its window. */
  readonly watches: string
  /** Said beyond this number; its unit is that of what is watched. */
  readonly limit: number
  /** Why there: the source, or what was measured. */
  readonly reason: string
  /** A run that is to pause on alerts pauses for it. */
  readonly isSevere: boolean
}

const mild = (title: string, watches: string, limit: number, reason: string): WarningDefinition => ({
  title,
  watches,
  limit,
  reason,
  isSevere: false,
})

const severe: typeof mild = (...words) => ({ ...mild(...words), isSevere: true })

export const WARNINGS = {
  'groups-without-variance': mild(
    'Groups without variance',
    'Share of groups whose rewards are all equal, mean of 5 steps.',
    0.6,
    'Most of the rollouts then teach nothing; DAPO (Yu et al., 2025) draws other prompts for such groups.',
  ),
  'one-component-dominates': mild(
    'One component dominates',
    'Share of the reward’s variance within groups that one component other than the functional one brings, mean of 10 steps, where at least two components are paid.',
    0.9,
    'The others then no longer tell one completion from another. That the functional score decides is what a run is for.',
  ),
  'hacking-suspected': severe(
    'Hacking suspected',
    'Rise of the reward, 10 steps against 10, in standard errors of their difference, while of the last three evaluations, 20 steps or more apart in all, neither later one has a higher pass@1.',
    3,
    'By chance such a rise is rarer than 1 in 100. Gao et al. (2023): a reward that is optimised too far parts from what it stands for.',
  ),
  'length-drift': mild(
    'Length drift',
    'Mean completion length of 5 steps over that of the run’s first 5, or the other way round.',
    1.5,
    'Dr. GRPO (Liu et al., 2025): a loss that divides by length draws wrong answers out.',
  ),
  'entropy-collapsed': severe(
    'Entropy collapsed',
    'Mean entropy of 5 steps as a share of that of the run’s first 5; said below the limit.',
    0.2,
    'Cui et al. (2025), "The Entropy Mechanism": what is learnt is bought with entropy, and without it learning ends.',
  ),
  'duplicate-completions': mild(
    'Duplicate completions',
    'Share of distinct completions in a group, mean of 5 steps; said below the limit.',
    0.3,
    'Of eight completions barely two differ: the group pays for work that tells nothing.',
  ),
  'kl-high': severe(
    'KL to the reference',
    'Mean KL of the policy to the reference in one step, nats a token.',
    0.5,
    'An answer of 100 tokens is then 50 nats away: far beyond where Gao et al. (2023) see proxy and truth part.',
  ),
  'update-too-large': mild(
    'Update too large',
    'KL between the policy before and after one step, nats a token.',
    0.1,
    'Spinning Up stops the updates of a PPO step at 0.015, veRL’s and our presets hold 0.05.',
  ),
  'critic-misleads': mild(
    'Critic misleads',
    'Explained variance of the value head, mean of 5 steps; said below the limit.',
    -0.2,
    'Below 0 one number for all states would be nearer to the returns (OpenAI Baselines, explained_variance): the values add noise to every advantage.',
  ),
  'completions-truncated': mild(
    'Completions truncated',
    'Share of completions that hit the token limit, mean of 5 steps.',
    0.3,
    'A cut answer earns nothing whatever it was about to say: the reward then speaks of length.',
  ),
} as const satisfies Record<string, WarningDefinition>

export type WarningCode = keyof typeof WARNINGS
