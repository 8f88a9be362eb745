/**
 * The cast, in order of appearance: Task, Prompt, Completion, Rollout, Score, Reward, Advantage, Minibatch, UpdateStats.
 * Inner types of the trainer; what is stored or sent has a plain twin in the contract.
 */
import type { KlEstimator } from '#contract/algorithm'
import type { Task } from '#contract/task'
import type { Component, ScoreReport } from '#contract/score'

export type { KlEstimator, LossType } from '#contract/algorithm'
export type { Task } from '#contract/task'

/** Token ids of one sequence. */
export type TokenIds = readonly number[]

export interface Prompt {
  readonly task: Task
  readonly text: string
  readonly tokens: TokenIds
}

export interface Completion {
  readonly text: string
  /** The end token included, when the model gave one. */
  readonly tokens: TokenIds
  /** [tokens] natural log under the sampling policy at the run's temperature, before top-p/top-k. */
  readonly oldLogprobs: Float32Array
  /** It hit the token limit before an end token. */
  readonly isTruncated: boolean
}

export interface Rollout {
  readonly prompt: Prompt
  readonly index: number
  readonly seed: number
  readonly completion: Completion
}

/** All rollouts of one prompt in one step. */
export interface RolloutGroup {
  readonly prompt: Prompt
  readonly rollouts: readonly Rollout[]
}

export interface ScoredRollout {
  readonly rollout: Rollout
  readonly report: ScoreReport
}

export interface WeighedRollout extends ScoredRollout {
  /** null: a component that has weight could not be scored, so that the rollout does not take part. */
  readonly reward: number | null
  /** What each component adds to the reward. */
  readonly parts: Readonly<Record<Component, number>>
}

export interface WeighedGroup {
  readonly prompt: Prompt
  readonly rollouts: readonly WeighedRollout[]
}

/** One sequence with everything that the objective needs about its completion tokens. All arrays are [completion tokens]. */
export interface TrainingSequence {
  readonly promptTokens: TokenIds
  readonly completionTokens: TokenIds
  readonly oldLogprobs: Float32Array
  readonly refLogprobs: Float32Array | null
  readonly advantages: Float32Array
  /** PPO only. */
  readonly returns: Float32Array | null
  /** PPO only: values at sampling. */
  readonly oldValues: Float32Array | null
  /** How many identical rollouts this sequence stands for; 1 unless duplicates of a group were merged. One without tokens counts as a rollout and no more. */
  readonly weight: number
}

export interface Minibatch {
  readonly sequences: readonly TrainingSequence[]
}

/**
 * What the loss of a minibatch is divided by. token: every token counts alike · sequence: every rollout counts alike, its tokens share ·
 * localRollouts: every token of a local batch of so many rollouts, and every local batch alike · tokensPerRollout: tokens are added up and
 * divided by rollouts times this number, so that no length changes what a token counts.
 */
export type LossMean = 'token' | 'sequence' | { readonly localRollouts: number } | { readonly tokensPerRollout: number }

/** Over the tokens that take part, each as often as its sequence counts. */
export interface SamplerMismatch {
  /** Mean and largest |log p_trainer - log p_sampler|, nats. */
  readonly meanDifference: number
  readonly maxDifference: number
  /** Mean of p_trainer / p_sampler after the cap. */
  readonly meanWeight: number
  /** Share of tokens at the cap. */
  readonly cappedShare: number
}

/** What is minimised. Definitions: math/objective.ts, which is the judge of every engine. */
export type Objective =
  | {
      readonly kind: 'policy'
      readonly temperature: number
      readonly clipEpsilonLow: number
      readonly clipEpsilonHigh: number
      /** Bound c of the loss where the advantage is negative: at most c · |advantage|. No bound when left out. */
      readonly dualClip?: number | null
      /** Coefficient of the KL to the reference in the loss; needs refLogprobs when > 0. */
      readonly klCoef: number
      /** Of that KL; k3 when left out. */
      readonly klEstimator?: KlEstimator
      readonly entropyCoef: number
      readonly lossMean: LossMean
      /** null: no value loss. */
      readonly value: { readonly coef: number; readonly clipEpsilon: number } | null
      readonly learningRate: number
      readonly valueLearningRate: number
    }
  /** Supervised: mean negative log-prob of the completion tokens. */
  | { readonly kind: 'supervised'; readonly learningRate: number; readonly valueLearningRate: 0 }

/** Measured over the completion tokens of one minibatch, before its optimizer step. Shares 0..1, logs natural. */
export interface UpdateStats {
  readonly loss: number
  readonly policyLoss: number
  readonly valueLoss: number
  readonly entropy: number
  /** To the reference by the objective's estimator; 0 when there is none. */
  readonly kl: number
  /** k3 to the sampling policy. */
  readonly approxKl: number
  readonly ratio: number
  readonly clipRatioLow: number
  readonly clipRatioHigh: number
  /** Share of tokens at the bound of the dual clip. */
  readonly clipRatioDual: number
  /** Before clipping. */
  readonly gradNorm: number
  readonly tokenCount: number
}

/** What an algorithm carries from step to step, beside what the engine holds. It is part of every checkpoint. */
export interface RecipeState {
  /** Of the KL to the reference, as the next step takes it. */
  readonly klCoef: number
  /** Of PPO with centred returns: their running mean, which the values are above or below. None before the first step. */
  readonly meanReturn?: number
}
