/** Advantages of GRPO from the parts of the reward, the charge for length, and the KL where that is in the reward. */
import type { AlgorithmOf } from '#contract/algorithm'
import { COMPONENTS } from '#contract/components'
import { advantagesByPart, stepAdvantages } from '../4-advantages/group.ts'
import { completionKl } from '../4-advantages/kl.ts'
import type { WeighedGroup, WeighedRollout } from '../flow.ts'
import type { ComponentFactors } from './sample-groups.ts'
import { lengthCharge, shapedReward } from './shaping.ts'
import type { Stages } from './stages.ts'

/** reference: [groups][rollouts] log-probs; used only where the KL is in the reward. */
export function groupCredit(
  stages: Stages,
  algorithm: AlgorithmOf<'grpo'>,
  groups: readonly WeighedGroup[],
  factors: ComponentFactors,
  reference: readonly (readonly Float32Array[])[] | null,
): number[][] {
  const isCharged = algorithm.klIn === 'reward' && reference !== null
  const klOf = ({ rollout }: WeighedRollout, group: number, i: number): number =>
    isCharged ? completionKl(algorithm.klEstimator, rollout.completion.oldLogprobs, reference[group]![i]!) : 0
  if (algorithm.componentOrder === 'normalise_then_sum') return creditByPart(stages, algorithm.klCoef, groups, factors, klOf)
  const rewards = groups.map(({ rollouts }, group) =>
    rollouts.map((weighed, i) => {
      const reward = shapedReward(stages, weighed)
      return reward === null || !isCharged ? reward : reward - algorithm.klCoef * klOf(weighed, group, i)
    }),
  )
  return stepAdvantages(rewards, algorithm.scaleAdvantages)
}

/** The charge for length and the KL are parts like the components; the length's largest charge and klCoef are their weights. */
function creditByPart(
  stages: Stages,
  klCoef: number,
  groups: readonly WeighedGroup[],
  factors: ComponentFactors,
  klOf: (weighed: WeighedRollout, group: number, i: number) => number,
): number[][] {
  const weighted = COMPONENTS.filter((component) => factors[component] > 0)
  const { overlongPenalty } = stages.config.algorithm
  const parts = groups.map(({ rollouts }, group) => {
    const part = (measure: (weighed: WeighedRollout, i: number) => number): (number | null)[] =>
      rollouts.map((weighed, i) => (weighed.reward === null ? null : measure(weighed, i)))
    return [
      ...weighted.map((component) => part(({ parts }) => parts[component] / factors[component])),
      part((weighed) => lengthCharge(stages, weighed)),
      part((weighed, i) => -klOf(weighed, group, i)),
    ]
  })
  return advantagesByPart(parts, [...weighted.map((component) => factors[component]), overlongPenalty, klCoef])
}
