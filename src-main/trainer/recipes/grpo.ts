/**
 * Group relative policy optimisation: a rollout's advantage is its reward against the other rollouts of the same prompt; no value head.
 * Sources: DeepSeekMath (Shao et al., 2024); clip-higher, the token mean and leaving out groups of equal rewards: DAPO (Yu et al., 2025); advantages
 * and lengths that are not scaled: Dr. GRPO (Liu et al., 2025).
 */
import type { AlgorithmOf } from '#contract/algorithm'
import { hasAdvantage } from '../5-updates/minibatches.ts'
import { policyObjective, traceOf, trainingSequences, viewReference } from './critic-free.ts'
import { groupCredit } from './group-credit.ts'
import { isInformative, sampleGroups } from './sample-groups.ts'
import type { Stages, StepTrace } from './stages.ts'
import { updateOn } from './updates.ts'

export async function grpoStep(stages: Stages, algorithm: AlgorithmOf<'grpo'>, step: number): Promise<StepTrace> {
  const isKlInLoss = algorithm.klIn === 'loss'
  const { groups, factors, roundCount } = await sampleGroups(stages, algorithm, step)
  const { logprobs: reference, kl } = await viewReference(stages, algorithm, groups)
  const advantages = groupCredit(stages, algorithm, groups, factors, reference)
  const sequences = groups.map((group, i) =>
    trainingSequences(algorithm, group, advantages[i]!, isKlInLoss ? (reference?.[i] ?? null) : null),
  )
  const teaches = groups.map((group) => isInformative(stages, algorithm, group, factors))
  const taught =
    algorithm.zeroVarianceGroups === 'keep' ? sequences : sequences.filter((group, i) => teaches[i]! && hasAdvantage(group))
  const objective = {
    ...policyObjective(stages, algorithm, step),
    klCoef: isKlInLoss ? algorithm.klCoef : 0,
    klEstimator: algorithm.klEstimator,
  }
  const updates = await updateOn(stages, taught, objective, step)
  return traceOf(stages, algorithm, {
    step,
    groups,
    advantages,
    equalGroupCount: teaches.filter((each) => !each).length,
    filteredGroupCount: groups.length - taught.length,
    roundCount,
    kl,
    learningRate: objective.learningRate,
    ...updates,
  })
}
