/**
 * Group relative policy optimisation: a rollout's advantage is its reward against the other rollouts of the same prompt; no value head.
 * Sources: DeepSeekMath (Shao et al., 2024); clip-higher and the token mean: DAPO (Yu et al., 2025).
 */
import type { Algorithm } from '#contract/run-config'
import { groupAdvantages } from '../4-advantages/group.ts'
import { meanK3 } from '../4-advantages/kl.ts'
import { hasAdvantage } from '../5-updates/minibatches.ts'
import { learningRateAt } from '../5-updates/schedule.ts'
import type { Objective, TrainingSequence, WeighedGroup } from '../flow.ts'
import type { Stages, StepTrace } from './stages.ts'
import { hasEqualRewards, sampledKl, sequenceOf, updateOn } from './updates.ts'

type Grpo = Extract<Algorithm, { name: 'grpo' }>

export async function grpoStep(stages: Stages, algorithm: Grpo, step: number): Promise<StepTrace> {
  const prompts = stages.samplePrompts(step)
  const rollouts = await stages.rollOut(prompts, step)
  const scored = await stages.score(rollouts)
  const groups = stages.weigh(scored)
  const advantages = groups.map((group) =>
    groupAdvantages(
      group.rollouts.map(({ reward }) => reward),
      algorithm.scaleByStd,
    ),
  )
  const reference = algorithm.klCoef > 0 ? await referenceByGroup(stages, groups) : null
  const kl = reference === null ? await sampledKl(stages, groups) : meanK3(oldLogprobs(groups), reference.flat())
  const sequences = groups.map((group, i) => trainingSequences(group, advantages[i]!, reference?.[i] ?? null))
  // Without KL and entropy a group of equal rewards has no gradient: it is counted, not computed.
  const isAdvantageAll = algorithm.klCoef === 0 && algorithm.entropyCoef === 0
  const taught = isAdvantageAll ? sequences.filter(hasAdvantage) : sequences
  const objective = objectiveOf(stages, algorithm, step)
  const { updates, isEarlyStopped } = await updateOn(stages, taught, objective, step)
  return {
    step,
    groups,
    advantages,
    updates,
    equalGroupCount: groups.filter(hasEqualRewards).length,
    kl,
    learningRate: objective.learningRate,
    explainedVariance: null,
    isEarlyStopped,
  }
}

function objectiveOf({ config }: Stages, algorithm: Grpo, step: number): Objective {
  return {
    kind: 'policy',
    temperature: config.sampling.temperature,
    clipEpsilonLow: algorithm.clipEpsilonLow,
    clipEpsilonHigh: algorithm.clipEpsilonHigh,
    klCoef: algorithm.klCoef,
    entropyCoef: algorithm.entropyCoef,
    lossMean: algorithm.lossMean,
    value: null,
    learningRate: learningRateAt(config.optimizer, config.optimizer.learningRate, step, config.steps),
    valueLearningRate: 0,
  }
}

function oldLogprobs(groups: readonly WeighedGroup[]): Float32Array[] {
  return groups.flatMap((group) => group.rollouts.map(({ rollout }) => rollout.completion.oldLogprobs))
}

async function referenceByGroup(stages: Stages, groups: readonly WeighedGroup[]): Promise<Float32Array[][]> {
  const flat = await stages.referenceLogprobs(groups.flatMap((group) => group.rollouts.map(sequenceOf)))
  return groups.map((group) => flat.splice(0, group.rollouts.length))
}

/** Every token of a rollout has the rollout's advantage. */
function trainingSequences(
  group: WeighedGroup,
  advantages: readonly number[],
  reference: Float32Array[] | null,
): TrainingSequence[] {
  return group.rollouts.flatMap((weighed, i) => {
    const { completion } = weighed.rollout
    if (weighed.reward === null || completion.tokens.length === 0) return []
    return [
      {
        ...sequenceOf(weighed),
        oldLogprobs: completion.oldLogprobs,
        refLogprobs: reference?.[i] ?? null,
        advantages: new Float32Array(completion.tokens.length).fill(advantages[i]!),
        returns: null,
        oldValues: null,
        weight: 1,
      },
    ]
  })
}
