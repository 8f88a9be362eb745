/**
 * The catalogue of metrics: definition, unit and good direction, once. Keys are the same in journal, store and Weights & Biases.
 * Documentation and chart titles are made from it.
 */
import { COMPONENTS, type Component } from './components.ts'

export type Unit = 'share' | 'number' | 'nats' | 'tokens' | 'seconds' | 'bytes' | 'count' | 'points' | 'watts' | 'celsius'

export interface MetricDefinition {
  readonly title: string
  readonly definition: string
  readonly unit: Unit
  readonly better: 'higher' | 'lower' | 'neither'
}

const metric = (title: string, unit: Unit, better: MetricDefinition['better'], definition: string): MetricDefinition => ({
  title,
  unit,
  better,
  definition,
})

export const RATE_KEY: Record<Component, string> = {
  compilation: 'compile_rate',
  functional: 'functional_rate',
  synthesis: 'synthesis_rate',
  reasoning: 'reasoning_rate',
  quality: 'quality_rate',
}

const RATES: Record<Component, MetricDefinition> = {
  compilation: metric('Compilation', 'share', 'higher', 'Share of scored completions that compile.'),
  functional: metric(
    'Functional',
    'share',
    'higher',
    'Share of scored completions whose outputs equal the reference in every compared cycle.',
  ),
  synthesis: metric('Synthesis', 'share', 'higher', 'Share of scored completions that synthesise without a latch.'),
  reasoning: metric('Reasoning', 'share', 'higher', 'Mean share of true statements in the reasoning block.'),
  quality: metric('Quality', 'share', 'higher', 'Mean quality score (tool checks and style measures).'),
}

function componentMetrics(): Record<string, MetricDefinition> {
  const entries: [string, MetricDefinition][] = []
  for (const component of COMPONENTS) {
    const rate = RATES[component]
    entries.push([`train/${RATE_KEY[component]}`, rate])
    entries.push([
      `train/${component}/scored_count`,
      metric(`${rate.title}: scored`, 'count', 'neither', 'Completions that have this score.'),
    ])
    entries.push([
      `train/${component}/unscored_count`,
      metric(`${rate.title}: unscored`, 'count', 'lower', 'Completions that could not be scored.'),
    ])
    entries.push([
      `train/rewards/${component}/mean`,
      metric(`${rate.title} in the reward`, 'number', 'higher', 'Mean weighted share of this component in the reward.'),
    ])
    entries.push([
      `train/rewards/${component}/variance_share`,
      metric(
        `${rate.title} in the reward’s differences`,
        'share',
        'neither',
        'Covariance of this component’s part with the reward over the reward’s variance, within groups: the five add up to 1.',
      ),
    ])
  }
  return Object.fromEntries(entries)
}

/** k of the pass@k that an evaluation may have beside pass@1. */
export const PASS_AT = [5, 8, 10] as const

/** Measures of an evaluation at temperature 1 and, except for pass@k, near-greedy: name -> definition. */
function measures(split: string): [string, MetricDefinition][] {
  const passAt = (k: number): [string, MetricDefinition] => [
    `pass@${k}`,
    metric(`Functional pass@${k}`, 'share', 'higher', `Unbiased pass@${k} on the ${split} tasks at temperature 1.`),
  ]
  return [
    passAt(1),
    ...PASS_AT.map(passAt),
    ...COMPONENTS.map((component): [string, MetricDefinition] => [RATE_KEY[component], RATES[component]]),
    ['near_greedy/pass@1', metric('pass@1 at T 0.2', 'share', 'higher', `pass@1 on the ${split} tasks at temperature 0.2.`)],
    ...COMPONENTS.map((component): [string, MetricDefinition] => {
      const { title, unit, better, definition } = RATES[component]
      return [`near_greedy/${RATE_KEY[component]}`, metric(`${title} at T 0.2`, unit, better, definition)]
    }),
  ]
}

/** What an evaluation tells of each measure beside its value. */
const SIDES: readonly (readonly [ending: string, title: string, definition: string])[] = [
  ['_low', 'lower end', 'Lower end of the 95 % bootstrap interval over tasks.'],
  ['_high', 'upper end', 'Upper end of the 95 % bootstrap interval over tasks.'],
  ['_gain', 'gain', 'Now minus the model before training, paired over the tasks.'],
  ['_gain_low', 'gain, lower end', 'Lower end of the 95 % bootstrap interval of the gain over tasks.'],
  ['_gain_high', 'gain, upper end', 'Upper end of the 95 % bootstrap interval of the gain over tasks.'],
]

/** Parts of the tasks, told apart by whether training tasks are of the same family. */
const FAMILY_PARTS: readonly (readonly [place: string, title: string])[] = [
  ['', ''],
  ['known/', ', known families'],
  ['unseen/', ', unseen families'],
]

function evaluationMetrics(prefix: 'eval' | 'test', split: string): Record<string, MetricDefinition> {
  const entries: [string, MetricDefinition][] = measures(split).flatMap(([name, definition]) =>
    FAMILY_PARTS.flatMap(([place, part]): [string, MetricDefinition][] => [
      [place + name, { ...definition, title: definition.title + part }],
      ...SIDES.map(([ending, title, says]): [string, MetricDefinition] => [
        place + name + ending,
        { ...definition, title: `${definition.title}${part}, ${title}`, definition: says },
      ]),
    ]),
  )
  const count = (title: string, definition: string): MetricDefinition => metric(title, 'count', 'neither', definition)
  entries.push(
    ['task_count', count('Tasks', `Number of ${split} tasks in the evaluation.`)],
    ['known/task_count', count('Tasks of known families', 'Those of them whose family training tasks show.')],
    ['unseen/task_count', count('Tasks of unseen families', 'Those of them whose family no training task shows.')],
    ['samples_per_task', count('Samples', 'Completions of each task that pass@1 and the rates count.')],
  )
  return Object.fromEntries(entries.map(([key, definition]) => [`${prefix}/${key}`, definition]))
}

/** A side or a part of another metric of an evaluation: the document says once what these are. */
export function isDerived(key: string): boolean {
  if (!/^(eval|test)\//.test(key) || key.endsWith('/task_count')) return false
  return (
    SIDES.some(([ending]) => key.endsWith(ending)) || FAMILY_PARTS.some(([place]) => place !== '' && key.includes(`/${place}`))
  )
}

export const METRICS: Readonly<Record<string, MetricDefinition>> = {
  ...componentMetrics(),
  'train/reward': metric('Reward', 'number', 'higher', 'Mean reward of the step’s rollouts.'),
  'train/reward_std': metric('Reward spread', 'number', 'neither', 'Standard deviation of the reward over the step’s rollouts.'),
  'train/frac_reward_zero_std': metric(
    'Groups without variance',
    'share',
    'lower',
    'Share of groups whose rewards are all equal; they teach nothing under GRPO.',
  ),
  'train/filtered_groups': metric(
    'Groups left out',
    'count',
    'lower',
    'Groups that took no part in the step’s updates because their rewards were all equal.',
  ),
  'train/prompt_rounds': metric(
    'Rounds of prompts',
    'count',
    'lower',
    'How often prompts were drawn in the step: more than once where groups of equal rewards were replaced.',
  ),
  'train/overlong_penalty': metric(
    'Charge for length',
    'number',
    'higher',
    'Mean over the completions of what their length took from the reward.',
  ),
  'train/kl_coef': metric(
    'KL coefficient',
    'number',
    'neither',
    'Weight of the KL to the reference in this step; it moves where a target is set.',
  ),
  'train/loss': metric('Loss', 'number', 'neither', 'Objective that was minimised, mean over the step’s minibatches.'),
  'train/supervised_loss': metric(
    'Supervised loss',
    'nats',
    'lower',
    'Mean negative log-prob of the references’ tokens in a supervised step.',
  ),
  'train/supervised_tokens': metric(
    'Supervised tokens',
    'tokens',
    'neither',
    'Tokens of the references that a supervised step learnt.',
  ),
  'train/policy_loss': metric('Policy loss', 'number', 'neither', 'Clipped surrogate, mean over the step’s minibatches.'),
  'train/value_loss': metric('Value loss', 'number', 'lower', 'Half the clipped squared error of the value head.'),
  'train/explained_variance': metric('Explained variance', 'number', 'higher', '1 - var(return - value) / var(return).'),
  'train/kl': metric(
    'KL to the reference',
    'nats',
    'neither',
    'Mean k3 estimate per token, current policy to reference (adapter off); with a KL coefficient of 0 over one completion of each group.',
  ),
  'train/approx_kl': metric(
    'KL of the update',
    'nats',
    'lower',
    'Mean k3 estimate per token, sampling policy to updated policy.',
  ),
  'train/ratio': metric('Ratio', 'number', 'neither', 'Mean of exp(new log-prob - old log-prob) over the tokens.'),
  'train/entropy': metric('Entropy', 'nats', 'neither', 'Mean entropy of the sampling distribution per token.'),
  'train/grad_norm': metric('Gradient norm', 'number', 'neither', 'Global norm before clipping, mean over minibatches.'),
  'train/clip_ratio/low': metric(
    'Clipped below',
    'share',
    'lower',
    'Share of tokens with negative advantage whose ratio was clipped.',
  ),
  'train/clip_ratio/high': metric(
    'Clipped above',
    'share',
    'lower',
    'Share of tokens with positive advantage whose ratio was clipped.',
  ),
  'train/clip_ratio/dual': metric(
    'Clipped by the dual clip',
    'share',
    'lower',
    'Share of tokens with negative advantage whose loss was held at the bound of the dual clip.',
  ),
  'train/sampling/logp_difference/mean': metric(
    'Sampler beside trainer',
    'nats',
    'lower',
    'Mean distance of the log-probs that sampler and trainer give the same tokens, before the first update; with samplerCorrection.',
  ),
  'train/sampling/logp_difference/max': metric(
    'Sampler beside trainer, at most',
    'nats',
    'lower',
    'Largest distance of those log-probs in the step.',
  ),
  'train/sampling/importance_ratio/mean': metric(
    'Weight of a token',
    'number',
    'neither',
    'Mean of min(p_trainer / p_sampler, samplerCorrection) over the tokens.',
  ),
  'train/sampling/importance_ratio/capped_share': metric(
    'Weights at the cap',
    'share',
    'lower',
    'Share of tokens whose weight is held at samplerCorrection.',
  ),
  'train/learning_rate': metric('Learning rate', 'number', 'neither', 'Step size of the optimizer.'),
  'train/completions/count': metric('Completions', 'count', 'neither', 'Completions that were generated in the step.'),
  'train/completions/tokens': metric('Completion tokens', 'tokens', 'neither', 'Tokens of all completions of the step.'),
  'train/completions/mean_length': metric(
    'Completion length',
    'tokens',
    'neither',
    'Mean tokens of a completion, end token included.',
  ),
  'train/completions/truncated_share': metric('Truncated', 'share', 'lower', 'Share of completions that hit the token limit.'),
  'train/completions/masked_share': metric(
    'Masked',
    'share',
    'lower',
    'Share of completions that were left out of the loss because they were truncated.',
  ),
  'train/completions/distinct_share': metric(
    'Distinct',
    'share',
    'neither',
    'Distinct completions over completions, mean over groups.',
  ),
  ...evaluationMetrics('eval', 'validation'),
  ...evaluationMetrics('test', 'test'),
  'timing_s/prompts': metric('Prompts', 'seconds', 'lower', 'Time to draw and encode prompts.'),
  'timing_s/rollouts': metric('Rollouts', 'seconds', 'lower', 'Time to generate completions.'),
  'timing_s/scores': metric('Scores', 'seconds', 'lower', 'Time the step waited for scores after generation.'),
  'timing_s/advantages': metric(
    'Advantages',
    'seconds',
    'lower',
    'Rewards, values and reference log-probs; with a KL coefficient of 0 the latter are for the curve of train/kl alone.',
  ),
  'timing_s/update': metric('Update', 'seconds', 'lower', 'Time in the optimizer steps.'),
  'timing_s/journal': metric('Journal', 'seconds', 'lower', 'Time to write the step’s rollout file and to compute its metrics.'),
  'timing_s/paused': metric('Paused', 'seconds', 'neither', 'Time that the step stood still because somebody paused the run.'),
  'timing_s/other': metric('Other', 'seconds', 'lower', 'What of the step’s wall time no stage above takes.'),
  'timing_s/checkpoint': metric(
    'Checkpoint',
    'seconds',
    'lower',
    'Time to save a checkpoint between the step before and this one; no part of its wall time.',
  ),
  'timing_s/step': metric('Step', 'seconds', 'lower', 'Wall time of the step.'),
  'timing_s/evaluation': metric('Evaluation', 'seconds', 'lower', 'Wall time of one evaluation.'),
  'perf/score_wait_share': metric(
    'Waiting for scores',
    'share',
    'lower',
    'Share of the step’s time, pauses left out, in which generation was done and the engine waited for scores.',
  ),
  'system/rss': metric('Memory', 'bytes', 'lower', 'Resident memory of the trainer and of its engine’s process.'),
  'system/device_memory': metric(
    'Memory of the card',
    'bytes',
    'lower',
    'The most that the engine has held on its graphics card so far.',
  ),
  'system/gpu_utilisation': metric(
    'Use of the card',
    'share',
    'higher',
    'Share of the time since the step before, evaluations between them counted, in which the card computed anything, as its maker’s tool says every few seconds; mean over the cards of the run.',
  ),
  'system/gpu_memory': metric(
    'Memory in use on the card',
    'bytes',
    'lower',
    'What all programs hold on the cards of the run, mean over the time since the step before.',
  ),
  'system/gpu_power': metric(
    'Power of the card',
    'watts',
    'neither',
    'What the cards of the run draw together, mean over the time since the step before.',
  ),
  'system/gpu_temperature': metric(
    'Temperature of the card',
    'celsius',
    'lower',
    'Of the warmest card of the run, the highest since the step before.',
  ),
}
