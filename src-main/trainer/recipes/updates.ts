/** What all recipes do with training sequences: epochs over minibatches, with an early stop. */
import type { PromptedSequence } from '../engines/engine.ts'
import type { Objective, SamplerMismatch, TrainingSequence, UpdateStats, WeighedGroup, WeighedRollout } from '../flow.ts'
import { meanK3 } from '../4-advantages/kl.ts'
import { mergeDuplicates, packMinibatches } from '../5-updates/minibatches.ts'
import { correctedSequence, mismatchOf } from '../5-updates/sampler-correction.ts'
import { learningRateAt } from '../5-updates/schedule.ts'
import { hashSeed } from '../math/random.ts'
import type { Stages } from './stages.ts'

export interface Updates {
  readonly updates: readonly UpdateStats[]
  readonly isEarlyStopped: boolean
  /** null where it was not measured. */
  readonly samplerMismatch: SamplerMismatch | null
}

export async function updateOn(
  stages: Stages,
  groups: readonly (readonly TrainingSequence[])[],
  objective: Objective,
  step: number,
): Promise<Updates> {
  const { updateEpochs, minibatchSize, maxApproxKl, seed } = stages.config
  const { merged, samplerMismatch } = await correct(stages, groups.map(mergeDuplicates))
  const updates: UpdateStats[] = []
  for (let epoch = 1; epoch <= updateEpochs; epoch++) {
    for (const minibatch of packMinibatches(merged, minibatchSize, hashSeed(seed, 'minibatches', step, epoch))) {
      // All of its completions are masked.
      if (minibatch.sequences.every(({ completionTokens }) => completionTokens.length === 0)) continue
      const stats = await stages.update(minibatch, objective)
      updates.push(stats)
      if (maxApproxKl !== null && stats.approxKl > maxApproxKl) return { updates, samplerMismatch, isEarlyStopped: true }
    }
  }
  return { updates, samplerMismatch, isEarlyStopped: false }
}

interface Corrected {
  readonly merged: readonly (readonly TrainingSequence[])[]
  readonly samplerMismatch: SamplerMismatch | null
}

/** As the trainer says the tokens, where that is asked for: it costs a forward pass. */
async function correct(stages: Stages, merged: readonly (readonly TrainingSequence[])[]): Promise<Corrected> {
  const { samplerCorrection: cap } = stages.config
  const sequences = merged.flat()
  if (cap === null || sequences.length === 0) return { merged, samplerMismatch: null }
  const trained = await stages.currentLogprobs(sequences)
  const corrected = sequences.map((sequence, i) => correctedSequence(sequence, trained[i]!, cap))
  return {
    merged: merged.map((group) => corrected.splice(0, group.length)),
    samplerMismatch: mismatchOf(sequences, trained, cap),
  }
}

/** Learning rate of a step: its schedule, and whatever else counts steps of the algorithm, begins where supervised steps end. */
export function scheduledRate({ config }: Stages, base: number, step: number): number {
  const before = config.supervised?.steps ?? 0
  return learningRateAt(config.optimizer, base, step - before, config.steps - before)
}

export function sequenceOf({ rollout }: WeighedRollout): PromptedSequence {
  return { promptTokens: rollout.prompt.tokens, completionTokens: rollout.completion.tokens }
}

/** Rollouts that take part: those with a reward and at least one token. */
export function usable(group: WeighedGroup): WeighedRollout[] {
  return group.rollouts.filter(({ reward, rollout }) => reward !== null && rollout.completion.tokens.length > 0)
}

/** Rollouts without a reward take no part: what is left may be equal, or nothing. */
export function hasEqualRewards(group: WeighedGroup): boolean {
  const rewards = group.rollouts.flatMap(({ reward }) => reward ?? [])
  return rewards.every((reward) => reward === rewards[0])
}

/**
 * KL of the sampling policy to the reference, on the first rollout of each group: enough for a curve, and cheap where the objective itself
 * needs no reference.
 */
export async function sampledKl(stages: Stages, groups: readonly WeighedGroup[]): Promise<number> {
  const chosen = groups.flatMap((group) => usable(group).slice(0, 1))
  const reference = await stages.referenceLogprobs(chosen.map(sequenceOf))
  return meanK3(
    chosen.map(({ rollout }) => rollout.completion.oldLogprobs),
    reference,
  )
}

/** 0 without tokens. */
export function meanOfTokens(values: Float32Array): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length
}
