/**
 * Proximal policy optimisation with a value head: the reward stands at the last token, the KL to the reference is taken from every token's reward,
 * advantages by GAE. Sources: Schulman et al. (2017); Ziegler et al. (2019) for the token rewards and the adapted KL coefficient.
 */
import type { AlgorithmOf } from '#contract/algorithm'
import {
  estimateAdvantages,
  explainedVariance,
  meanOfAll,
  rewardsToGo,
  runningMean,
  scaledRewards,
  whitened,
} from '../4-advantages/gae.ts'
import { adaptedKlCoef, meanK3, tokenRewards } from '../4-advantages/kl.ts'
import type { Objective, RecipeState, TrainingSequence, WeighedGroup, WeighedRollout } from '../flow.ts'
import { isMasked, maskedCount, meanLengthCharge, shapedReward } from './shaping.ts'
import type { Stages, StepTrace } from './stages.ts'
import { hasEqualRewards, meanOfTokens, sampledKl, scheduledRate, sequenceOf, updateOn, usable } from './updates.ts'

type Ppo = AlgorithmOf<'ppo'>

export async function ppoStep(stages: Stages, algorithm: Ppo, step: number, state: RecipeState): Promise<StepTrace> {
  const { klCoef } = state
  const prompts = stages.samplePrompts(step)
  const rollouts = await stages.rollOut(prompts, step)
  const scored = await stages.score(rollouts)
  const groups = stages.weigh(scored)
  const taught = groups.flatMap(usable).filter((weighed) => !isMasked(algorithm, weighed))
  const oldLogprobs = taught.map(({ rollout }) => rollout.completion.oldLogprobs)
  const learned = await stages.values(taught.map(sequenceOf))
  const reference = klCoef > 0 ? await stages.referenceLogprobs(taught.map(sequenceOf)) : null
  const kl = reference === null ? await sampledKl(stages, groups) : meanK3(oldLogprobs, reference)
  const paid = taught.map((weighed, i) =>
    tokenRewards(shapedReward(stages, weighed)!, oldLogprobs[i]!, reference?.[i] ?? null, klCoef, algorithm.klEstimator),
  )
  const rewards = algorithm.whitenRewards ? scaledRewards(paid) : paid
  const meanReturn = algorithm.centreReturns ? centreOf(rewards, algorithm, state.meanReturn) : undefined
  const centre = meanReturn ?? 0
  const values = learned.map((tokens) => tokens.map((value) => value + centre))
  const estimates = rewards.map((tokens, i) => estimateAdvantages(tokens, values[i]!, algorithm))
  const raw = estimates.map(({ advantages }) => advantages)
  const advantages = algorithm.whitenAdvantages ? whitened(raw) : raw
  const sequences = taught.map((weighed, i): TrainingSequence => ({
    ...sequenceOf(weighed),
    oldLogprobs: oldLogprobs[i]!,
    refLogprobs: null,
    advantages: advantages[i]!,
    returns: estimates[i]!.returns.map((value) => value - centre),
    oldValues: learned[i]!,
    weight: 1,
  }))
  const objective = objectiveOf(stages, algorithm, step)
  const updates = await updateOn(stages, byGroup(groups, taught, sequences), objective, step)
  const means = new Map(taught.map((weighed, i) => [weighed, meanOfTokens(advantages[i]!)]))
  return {
    step,
    groups,
    advantages: groups.map((group) => group.rollouts.map((weighed) => means.get(weighed) ?? 0)),
    ...updates,
    equalGroupCount: groups.filter(hasEqualRewards).length,
    filteredGroupCount: 0,
    roundCount: 1,
    maskedCount: maskedCount(algorithm, groups),
    overlongPenalty: meanLengthCharge(stages, groups),
    klCoef,
    state: {
      klCoef: nextKlCoef(algorithm, klCoef, kl, taught.length),
      ...(meanReturn !== undefined && { meanReturn }),
    },
    kl,
    learningRate: objective.learningRate,
    explainedVariance: explainedVariance(
      estimates.map(({ returns }) => returns),
      values,
    ),
  }
}

/** A head without a bias can only say a mean by the states that it reads, which differ from token to token: the mean would be noise. */
function centreOf(rewards: readonly Float32Array[], { gamma }: Ppo, before: number | undefined): number | undefined {
  if (rewards.length === 0) return before
  return runningMean(before, meanOfAll(rewards.map((tokens) => rewardsToGo(tokens, gamma))))
}

function nextKlCoef({ targetKl, klHorizon }: Ppo, klCoef: number, kl: number, rollouts: number): number {
  return targetKl === null ? klCoef : adaptedKlCoef(klCoef, kl, { targetKl, klHorizon, rollouts })
}

function objectiveOf(stages: Stages, algorithm: Ppo, step: number): Objective {
  const { config } = stages
  const isWarmup = step - (config.supervised?.steps ?? 0) <= algorithm.criticWarmupSteps
  return {
    kind: 'policy',
    temperature: config.sampling.temperature,
    clipEpsilonLow: algorithm.clipEpsilonLow,
    clipEpsilonHigh: algorithm.clipEpsilonHigh,
    dualClip: algorithm.dualClip,
    // The KL is in the reward.
    klCoef: 0,
    entropyCoef: algorithm.entropyCoef,
    lossMean: 'token',
    value: { coef: algorithm.valueCoef, clipEpsilon: algorithm.valueClipEpsilon },
    // A critic that knows nothing yet would give advantages of noise: until it does, the policy stays.
    learningRate: isWarmup ? 0 : scheduledRate(stages, config.optimizer.learningRate, step),
    valueLearningRate: scheduledRate(stages, algorithm.valueLearningRate, step),
  }
}

function byGroup(
  groups: readonly WeighedGroup[],
  taught: readonly WeighedRollout[],
  sequences: readonly TrainingSequence[],
): TrainingSequence[][] {
  const sequenceFor = new Map(taught.map((weighed, i) => [weighed, sequences[i]!]))
  return groups.map((group) => group.rollouts.flatMap((weighed) => sequenceFor.get(weighed) ?? []))
}
