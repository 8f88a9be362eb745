/** The groups of a step: as many as were asked for, or further ones in place of those that teach nothing. */
import type { AlgorithmOf } from '#contract/algorithm'
import { COMPONENTS, type Component } from '#contract/components'
import type { WeighedGroup } from '../flow.ts'
import { lengthCharge, shapedReward } from './shaping.ts'
import type { Stages } from './stages.ts'

type Grpo = AlgorithmOf<'grpo'>
export type ComponentFactors = Readonly<Record<Component, number>>

export interface SampledGroups {
  /** All that were generated, the replaced ones among them. */
  readonly groups: readonly WeighedGroup[]
  /** What the reward profile by which the last of them were weighed multiplies each score by. */
  readonly factors: ComponentFactors
  readonly roundCount: number
}

/** Source of the further rounds: DAPO (Yu et al., 2025), dynamic sampling; here bounded, so that a task set that is solved ends a run in time. */
export async function sampleGroups(stages: Stages, algorithm: Grpo, step: number): Promise<SampledGroups> {
  const first = await sampleRound(stages, stages.samplePrompts(step), step, 0)
  if (algorithm.zeroVarianceGroups !== 'resample') return { ...first, roundCount: 1 }
  let { groups, factors } = first
  let roundCount = 1
  for (; roundCount <= algorithm.resampleRounds; roundCount++) {
    const missing =
      stages.config.promptsPerStep - groups.filter((group) => isInformative(stages, algorithm, group, factors)).length
    if (missing <= 0) break
    const next = await sampleRound(stages, stages.samplePrompts(step, roundCount, missing), step, roundCount)
    groups = [...groups, ...next.groups]
    factors = next.factors
  }
  return { groups, factors, roundCount }
}

async function sampleRound(
  stages: Stages,
  prompts: ReturnType<Stages['samplePrompts']>,
  step: number,
  round: number,
): Promise<Omit<SampledGroups, 'roundCount'>> {
  const rollouts = await stages.rollOut(prompts, step, round)
  const scored = await stages.score(rollouts)
  return { groups: stages.weigh(scored), factors: stages.componentFactors() }
}

/** Whether the rewards of a group differ, or where parts are normalised, any part of them. A KL in the reward says nothing about that. */
export function isInformative(stages: Stages, { componentOrder }: Grpo, group: WeighedGroup, factors: ComponentFactors): boolean {
  const rewarded = group.rollouts.filter(({ reward }) => reward !== null)
  const differs = (measure: (weighed: (typeof rewarded)[number]) => number): boolean =>
    rewarded.some((weighed) => measure(weighed) !== measure(rewarded[0]!))
  if (componentOrder === 'sum_then_normalise') return differs((weighed) => shapedReward(stages, weighed)!)
  const isWeighted = (component: Component): boolean => factors[component] > 0
  return (
    differs((weighed) => lengthCharge(stages, weighed)) ||
    COMPONENTS.filter(isWeighted).some((component) => differs(({ parts }) => parts[component]))
  )
}
