/**
 * TRL's names of what it logs (1.16, GRPOTrainer) -> ours, where the definition is the same. Everything else keeps its own name behind `trl/`. A step is an
 * optimizer step there, and each value the mean since the last time it logged.
 */
const SAME: Readonly<Record<string, string>> = {
  loss: 'train/loss',
  reward: 'train/reward',
  reward_std: 'train/reward_std',
  frac_reward_zero_std: 'train/frac_reward_zero_std',
  kl: 'train/kl',
  entropy: 'train/entropy',
  grad_norm: 'train/grad_norm',
  learning_rate: 'train/learning_rate',
  'clip_ratio/low_mean': 'train/clip_ratio/low',
  'clip_ratio/high_mean': 'train/clip_ratio/high',
  'completions/mean_length': 'train/completions/mean_length',
  'completions/clipped_ratio': 'train/completions/truncated_share',
}

export function ourNames(logged: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(logged).map(([key, value]) => [SAME[key] ?? `trl/${key}`, value]))
}
