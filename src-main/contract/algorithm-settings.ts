/** The settings of each algorithm. */
import {
  ADVANTAGE_SCALES,
  COMPONENT_ORDERS,
  KL_ESTIMATORS,
  LOSS_TYPES,
  ZERO_VARIANCE_CHOICES,
  type AlgorithmName,
} from './algorithm-names.ts'
import { choice, onOff, real, realOrOff, whole, type Setting } from './setting.ts'

type Settings = Readonly<Record<string, Setting>>

const PPO_PAPER = 'PPO (Schulman et al., 2017)'
const ZIEGLER = 'Ziegler et al. (2019)'
const GAE_PAPER = 'GAE (Schulman et al., 2016)'
const DAPO = 'DAPO (Yu et al., 2025)'
const DEEPSEEK_MATH = 'DeepSeekMath (Shao et al., 2024)'
const SCHULMAN_KL = 'Schulman, "Approximating KL divergence" (2020)'

const policy = (clipEpsilonHigh: number): Settings => ({
  clipEpsilonLow: real('How far the ratio may fall below 1 before a token’s gradient is cut.', PPO_PAPER, 0.2, {
    above: 0,
    below: 1,
  }),
  clipEpsilonHigh: real(
    'How far the ratio may rise above 1; more than the lower bound keeps rare tokens alive.',
    `${PPO_PAPER}; asymmetric: ${DAPO}`,
    clipEpsilonHigh,
    { above: 0, below: 10 },
  ),
  dualClip: realOrOff(
    'Where the advantage is negative, the loss is at most this times its size; 3 is usual, null = off.',
    'Ye et al., dual-clip PPO (2020); veRL’s clip_ratio_c',
    null,
    { above: 1, max: 100 },
  ),
  entropyCoef: real('Weight of the entropy that is taken from the loss: more of it, more exploration; 0 = off.', PPO_PAPER, 0, {
    min: 0,
  }),
  maskTruncated: onOff(
    'Completions that hit the token limit are left out of the loss; their rewards still count for their group.',
    `${DAPO}; TRL’s mask_truncated_completions`,
    false,
  ),
  overlongBufferTokens: whole(
    'Tokens before the limit over which a completion is charged for its length, more and more; 0 = off.',
    `${DAPO}, soft overlong punishment`,
    0,
    { min: 0, max: 8192 },
  ),
  overlongPenalty: real('What a completion at the token limit is charged.', `${DAPO}; veRL’s penalty_factor`, 1, {
    min: 0,
    max: 10,
  }),
})

const klCoef = (meaning: string, source: string, initial: number): Setting => real(meaning, source, initial, { min: 0 })

const lossType = choice(
  'What the loss is divided by: grpo, each completion’s own length; bnpo, tokens of a microbatch; dapo, tokens of the minibatch; dr_grpo, a fixed length.',
  `${DEEPSEEK_MATH}; ${DAPO}; Dr. GRPO (Liu et al., 2025); TRL’s loss_type`,
  'dapo',
  LOSS_TYPES,
)

const klInReward = (initial: number): Settings => ({
  klCoef: klCoef('Weight of the KL to the reference, which is taken from the reward; 0 = off.', ZIEGLER, initial),
  klEstimator: choice('How the KL of a token is estimated from one sample.', SCHULMAN_KL, 'k1', KL_ESTIMATORS),
})

export const ALGORITHM_SETTINGS: Readonly<Record<AlgorithmName, Settings>> = {
  grpo: {
    ...policy(0.28),
    klCoef: klCoef('Weight of the KL to the reference, in the loss or in the reward; 0 = off.', DEEPSEEK_MATH, 0),
    klIn: choice('Where the KL stands: a term of the loss, or taken from each completion’s reward.', DEEPSEEK_MATH, 'loss', [
      'loss',
      'reward',
    ]),
    klEstimator: choice(
      'How the KL of a token is estimated. In the loss only k2 has the gradient of the KL: k1’s is 0 on average, k3’s is that of the reverse KL.',
      SCHULMAN_KL,
      'k3',
      KL_ESTIMATORS,
    ),
    lossType,
    scaleAdvantages: choice(
      'What advantages are divided by: the deviation of the group’s rewards, that of the whole step’s, or nothing.',
      `${DEEPSEEK_MATH}; none: Dr. GRPO (Liu et al., 2025); TRL’s scale_rewards`,
      'group',
      ADVANTAGE_SCALES,
    ),
    componentOrder: choice(
      'Whether the reward is normalised as a whole, or each part of it before the weighted sum (then scaleAdvantages has no effect).',
      'GDPO; TRL’s multi_objective_aggregation',
      'sum_then_normalise',
      COMPONENT_ORDERS,
    ),
    zeroVarianceGroups: choice(
      'Groups whose rewards are all equal: keep them in the loss, drop them, or drop them and draw other prompts in their place.',
      `${DAPO}, dynamic sampling`,
      'drop',
      ZERO_VARIANCE_CHOICES,
    ),
    resampleRounds: whole('How often a step may draw other prompts.', 'VeriTune', 3, { min: 1, max: 16 }),
  },
  ppo: {
    ...policy(0.2),
    klCoef: klCoef('Weight of the KL to the reference, which is taken from every token’s reward; 0 = off.', ZIEGLER, 0),
    klEstimator: choice('How the KL of a token is estimated from one sample.', SCHULMAN_KL, 'k1', ['k1', 'k3']),
    targetKl: realOrOff(
      'KL to the reference, nats a token, at which klCoef is steered from step to step; null = klCoef stays.',
      ZIEGLER,
      null,
      { above: 0, max: 100 },
    ),
    klHorizon: whole('Completions over which klCoef is steered: fewer, faster.', ZIEGLER, 10_000, { min: 1, max: 10_000_000 }),
    valueCoef: real('Weight of the value loss.', PPO_PAPER, 0.5, { min: 0 }),
    valueClipEpsilon: real(
      'How far a value may move from the old one before its gradient is cut.',
      'OpenAI Baselines, ppo2',
      0.2,
      {
        above: 0,
      },
    ),
    gamma: real('What the reward of the next token counts.', GAE_PAPER, 1, { above: 0, max: 1 }),
    gaeLambda: real('How far advantages trust rewards over values: 0 one token ahead, 1 to the end.', GAE_PAPER, 0.95, {
      min: 0,
      max: 1,
    }),
    whitenRewards: onOff('Token rewards of a step are scaled to deviation 1.', `${ZIEGLER}; TRL’s whiten_rewards`, false),
    centreReturns: onOff(
      'The value head learns how far returns are from their running mean, which is added to its values.',
      'PopArt (van Hasselt et al., 2016), its mean',
      false,
    ),
    whitenAdvantages: onOff('Advantages of a step are shifted to mean 0 and scaled to deviation 1.', ZIEGLER, true),
    valueLearningRate: real('Learning rate of the value head.', 'veRL’s critic.optim.lr', 0.001, { above: 0, max: 1 }),
    criticWarmupSteps: whole('First steps in which only the value head learns.', 'veRL’s critic_warmup', 0, {
      min: 0,
      max: 1_000_000,
    }),
  },
  rloo: { ...policy(0.28), ...klInReward(0), lossType },
  reinforce_plus_plus: {
    ...policy(0.28),
    ...klInReward(0),
    lossType,
    gamma: real('What the reward of the next token counts.', 'REINFORCE++ (Hu et al., 2025)', 1, { above: 0, max: 1 }),
    hasGroupBaseline: onOff(
      'Rewards are first taken against the mean of their group.',
      'REINFORCE++-baseline (Hu et al., 2025)',
      false,
    ),
  },
}
