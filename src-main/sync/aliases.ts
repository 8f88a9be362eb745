/**
 * Names that other systems give to what we measure, for dashboards that know those. A metric has one only where the quantity is the same: sums over
 * whole sequences (TRL's objective/kl and objective/entropy) have none. The KL of an update is estimated by k3 here, by k2 in TRL, by k1 in veRL.
 */
import { RATE_KEY } from '#contract/metrics'
import type { AliasSet } from '#contract/sync'

/** Name there -> ours; of several the sum. */
type Aliases = Readonly<Record<string, string | readonly string[]>>

const CLIPPED = ['train/clip_ratio/low', 'train/clip_ratio/high'] as const

/** Of TRL's PPO; the names of its GRPO are ours. */
const TRL: Aliases = {
  'objective/scores': 'train/reward',
  'policy/approxkl_avg': 'train/approx_kl',
  'policy/clipfrac_avg': CLIPPED,
  'policy/entropy_avg': 'train/entropy',
  'loss/policy_avg': 'train/policy_loss',
  'loss/value_avg': 'train/value_loss',
  'val/ratio': 'train/ratio',
  lr: 'train/learning_rate',
}

/** Of the project that this one grew from. Its functional score was graded; ours counts who passes. */
const SEED: Aliases = {
  'train/mean_reward': 'train/reward',
  'train/total_loss': 'train/loss',
  'train/clip_fraction': CLIPPED,
  'train/mean_comp_reward': `train/${RATE_KEY.compilation}`,
  'train/mean_fcor_reward': `train/${RATE_KEY.functional}`,
  'train/mean_synt_reward': `train/${RATE_KEY.synthesis}`,
  'train/mean_reas_reward': `train/${RATE_KEY.reasoning}`,
  'train/mean_coqu_reward': `train/${RATE_KEY.quality}`,
}

const VERL: Aliases = {
  'actor/pg_loss': 'train/policy_loss',
  'actor/pg_clipfrac': CLIPPED,
  'actor/pg_clipfrac_lower': 'train/clip_ratio/dual',
  'actor/ppo_kl': 'train/approx_kl',
  'actor/kl_loss': 'train/kl',
  'actor/kl_coef': 'train/kl_coef',
  'actor/entropy': 'train/entropy',
  'actor/grad_norm': 'train/grad_norm',
  'actor/lr': 'train/learning_rate',
  'critic/score/mean': 'train/reward',
  'critic/vf_loss': 'train/value_loss',
  'critic/vf_explained_var': 'train/explained_variance',
  'response_length/mean': 'train/completions/mean_length',
  'response_length/clip_ratio': 'train/completions/truncated_share',
  'timing_s/gen': 'timing_s/rollouts',
  'timing_s/reward': 'timing_s/scores',
  'timing_s/adv': 'timing_s/advantages',
  'timing_s/update_actor': 'timing_s/update',
  'perf/time_per_step': 'timing_s/step',
}

const ALIASES: Readonly<Record<AliasSet, Aliases>> = { trl: TRL, seed: SEED, verl: VERL }

/** The measured values under the names of these systems, without our own. */
export function aliased(metrics: Readonly<Record<string, number>>, sets: readonly AliasSet[]): Record<string, number> {
  const entries = sets.flatMap((set) =>
    Object.entries(ALIASES[set]).flatMap(([name, ours]): [string, number][] => {
      const values = [ours].flat().flatMap((key) => metrics[key] ?? [])
      return values.length === 0 ? [] : [[name, values.reduce((sum, value) => sum + value, 0)]]
    }),
  )
  return Object.fromEntries(entries)
}
