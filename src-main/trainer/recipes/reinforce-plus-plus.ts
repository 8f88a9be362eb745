/**
 * REINFORCE++: a token's advantage is the reward that follows it, less the KL of the tokens that follow, normalised over all tokens of the step; the
 * clip of PPO, no value head. With a group baseline the rewards are first taken against their group's mean. A baseline to compare with.
 * Source: Hu et al., "REINFORCE++" (2025).
 */
import type { AlgorithmOf } from '#contract/algorithm'
import { rewardsToGo, whitened } from '../4-advantages/gae.ts'
import { groupAdvantages } from '../4-advantages/group.ts'
import { tokenRewards } from '../4-advantages/kl.ts'
import type { WeighedGroup } from '../flow.ts'
import { policyObjective, traceOf, trainingSequences, viewReference } from './critic-free.ts'
import { isMasked, shapedReward } from './shaping.ts'
import type { Stages, StepTrace } from './stages.ts'
import { hasEqualRewards, meanOfTokens, updateOn } from './updates.ts'

type ReinforcePlusPlus = AlgorithmOf<'reinforce_plus_plus'>

export async function reinforcePlusPlusStep(stages: Stages, algorithm: ReinforcePlusPlus, step: number): Promise<StepTrace> {
  const prompts = stages.samplePrompts(step)
  const rollouts = await stages.rollOut(prompts, step)
  const scored = await stages.score(rollouts)
  const groups = stages.weigh(scored)
  const { logprobs: reference, kl } = await viewReference(stages, algorithm, groups)
  const advantages = normalised(groups.map((group, i) => groupReturns(stages, algorithm, group, reference?.[i] ?? null)))
  const sequences = groups.map((group, i) => trainingSequences(algorithm, group, advantages[i]!, null))
  const objective = policyObjective(stages, algorithm, step)
  const updates = await updateOn(stages, sequences, objective, step)
  return traceOf(stages, algorithm, {
    step,
    groups,
    advantages: advantages.map((group) => group.map(meanOfTokens)),
    equalGroupCount: groups.filter(hasEqualRewards).length,
    kl,
    learningRate: objective.learningRate,
    ...updates,
  })
}

/** What follows each token of each rollout; no tokens for a rollout that takes no part. */
function groupReturns(
  stages: Stages,
  algorithm: ReinforcePlusPlus,
  group: WeighedGroup,
  reference: readonly Float32Array[] | null,
): Float32Array[] {
  const shaped = group.rollouts.map((weighed) => shapedReward(stages, weighed))
  const rewards = algorithm.hasGroupBaseline ? groupAdvantages(shaped, false) : shaped
  return group.rollouts.map((weighed, i) => {
    const { oldLogprobs } = weighed.rollout.completion
    if (shaped[i] === null || isMasked(algorithm, weighed)) return new Float32Array(0)
    const tokens = tokenRewards(rewards[i]!, oldLogprobs, reference?.[i] ?? null, algorithm.klCoef, algorithm.klEstimator)
    return rewardsToGo(tokens, algorithm.gamma)
  })
}

function normalised(groups: readonly (readonly Float32Array[])[]): Float32Array[][] {
  const flat = whitened(groups.flat())
  return groups.map((group) => flat.splice(0, group.length))
}
