/** What the recipes without a value head share: the reference, sequences from advantages, the objective, the trace. */
import type { Algorithm, AlgorithmOf } from '#contract/algorithm'
import { meanK3 } from '../4-advantages/kl.ts'
import type { Objective, TrainingSequence, WeighedGroup, WeighedRollout } from '../flow.ts'
import { lossMeanOf } from '../math/objective.ts'
import { isMasked, maskedCount, meanLengthCharge } from './shaping.ts'
import { initialState, type Stages, type StepTrace } from './stages.ts'
import { sampledKl, scheduledRate, sequenceOf, type Updates } from './updates.ts'

export type CriticFree = AlgorithmOf<'grpo' | 'rloo' | 'reinforce_plus_plus'>
type PolicyObjective = Extract<Objective, { kind: 'policy' }>

export interface ReferenceView {
  /** [groups][rollouts]; null where the algorithm needs none. */
  readonly logprobs: readonly Float32Array[][] | null
  /** Mean k3 of the sampling policy to it. */
  readonly kl: number
}

export async function viewReference(
  stages: Stages,
  { klCoef }: Algorithm,
  groups: readonly WeighedGroup[],
): Promise<ReferenceView> {
  if (klCoef === 0) return { logprobs: null, kl: await sampledKl(stages, groups) }
  const flat = await stages.referenceLogprobs(groups.flatMap((group) => group.rollouts.map(sequenceOf)))
  const kl = meanK3(
    groups.flatMap((group) => group.rollouts.map(({ rollout }) => rollout.completion.oldLogprobs)),
    flat,
  )
  return { logprobs: groups.map((group) => flat.splice(0, group.rollouts.length)), kl }
}

/** advantages: of each rollout a number for all its tokens, or one for each. */
export function trainingSequences(
  algorithm: CriticFree,
  group: WeighedGroup,
  advantages: readonly (number | Float32Array)[],
  reference: readonly Float32Array[] | null,
): TrainingSequence[] {
  return group.rollouts.flatMap((weighed, i) => {
    const { completion } = weighed.rollout
    if (weighed.reward === null || completion.tokens.length === 0) return []
    if (isMasked(algorithm, weighed)) return [withoutTokens(weighed)]
    const advantage = advantages[i]!
    return [
      {
        ...sequenceOf(weighed),
        oldLogprobs: completion.oldLogprobs,
        refLogprobs: reference?.[i] ?? null,
        advantages: typeof advantage === 'number' ? new Float32Array(completion.tokens.length).fill(advantage) : advantage,
        returns: null,
        oldValues: null,
        weight: 1,
      },
    ]
  })
}

/** It counts where rollouts are counted; one token of its prompt is enough for a place in a batch. */
function withoutTokens({ rollout: { prompt } }: WeighedRollout): TrainingSequence {
  const none = new Float32Array(0)
  return {
    promptTokens: prompt.tokens.slice(0, 1),
    completionTokens: [],
    oldLogprobs: none,
    refLogprobs: null,
    advantages: none,
    returns: null,
    oldValues: null,
    weight: 1,
  }
}

/** Without a KL in the loss. */
export function policyObjective(stages: Stages, algorithm: CriticFree, step: number): PolicyObjective {
  const { config } = stages
  const { microbatchSize, sampling } = config
  return {
    kind: 'policy',
    temperature: sampling.temperature,
    clipEpsilonLow: algorithm.clipEpsilonLow,
    clipEpsilonHigh: algorithm.clipEpsilonHigh,
    dualClip: algorithm.dualClip,
    klCoef: 0,
    entropyCoef: algorithm.entropyCoef,
    lossMean: lossMeanOf(algorithm.lossType, { microbatchSize, maxCompletionTokens: sampling.maxCompletionTokens }),
    value: null,
    learningRate: scheduledRate(stages, config.optimizer.learningRate, step),
    valueLearningRate: 0,
  }
}

/** The trace of a step in which all groups took part, unless `facts` say otherwise. */
export function traceOf(
  stages: Stages,
  algorithm: CriticFree,
  facts: Pick<StepTrace, 'step' | 'groups' | 'advantages' | 'equalGroupCount' | 'kl' | 'learningRate'> &
    Updates &
    Partial<StepTrace>,
): StepTrace {
  return {
    filteredGroupCount: 0,
    roundCount: 1,
    maskedCount: maskedCount(algorithm, facts.groups),
    overlongPenalty: meanLengthCharge(stages, facts.groups),
    klCoef: algorithm.klCoef,
    state: initialState(algorithm),
    explainedVariance: null,
    ...facts,
  }
}
