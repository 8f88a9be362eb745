/**
 * REINFORCE with a leave-one-out baseline: a rollout's advantage is its reward, less the KL of the whole completion, against the mean of the others
 * of its prompt. Nothing is scaled. A baseline to compare with. Source: Ahmadian et al., "Back to basics" (2024).
 */
import type { AlgorithmOf } from '#contract/algorithm'
import { leaveOneOutAdvantages } from '../4-advantages/group.ts'
import { completionKl } from '../4-advantages/kl.ts'
import { policyObjective, traceOf, trainingSequences, viewReference } from './critic-free.ts'
import { shapedReward } from './shaping.ts'
import type { Stages, StepTrace } from './stages.ts'
import { hasEqualRewards, updateOn } from './updates.ts'

export async function rlooStep(stages: Stages, algorithm: AlgorithmOf<'rloo'>, step: number): Promise<StepTrace> {
  const { klCoef, klEstimator } = algorithm
  const prompts = stages.samplePrompts(step)
  const rollouts = await stages.rollOut(prompts, step)
  const scored = await stages.score(rollouts)
  const groups = stages.weigh(scored)
  const { logprobs: reference, kl } = await viewReference(stages, algorithm, groups)
  const rewards = groups.map((group, i) =>
    group.rollouts.map((weighed, j) => {
      const reward = shapedReward(stages, weighed)
      if (reward === null || reference === null) return reward
      return reward - klCoef * completionKl(klEstimator, weighed.rollout.completion.oldLogprobs, reference[i]![j]!)
    }),
  )
  const advantages = rewards.map(leaveOneOutAdvantages)
  const sequences = groups.map((group, i) => trainingSequences(algorithm, group, advantages[i]!, null))
  const objective = policyObjective(stages, algorithm, step)
  const updates = await updateOn(stages, sequences, objective, step)
  const equalGroupCount = groups.filter(hasEqualRewards).length
  return traceOf(stages, algorithm, {
    step,
    groups,
    advantages,
    equalGroupCount,
    kl,
    learningRate: objective.learningRate,
    ...updates,
  })
}
