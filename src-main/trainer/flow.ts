/**
 * The cast, in order of appearance: Task, Prompt, Completion, Rollout, Score, Reward, Advantage, Minibatch, UpdateStats.
 * Inner types of the trainer; what is stored or sent has a plain twin in the contract.
 */
import type { Task } from '#contract/task'
import type { Component, ScoreReport } from '#contract/score'

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
  /** How many identical rollouts this sequence stands for; 1 unless duplicates of a group were merged. */
  readonly weight: number
}

export interface Minibatch {
  readonly sequences: readonly TrainingSequence[]
}

/** What is minimised. Definitions: 5-updates/objective.ts, which is the judge of every engine. */
export type Objective =
  | {
      readonly kind: 'policy'
      readonly temperature: number
      readonly clipEpsilonLow: number
      readonly clipEpsilonHigh: number
      /** Coefficient of the k3 KL to the reference in the loss; needs refLogprobs when > 0. */
      readonly klCoef: number
      readonly entropyCoef: number
      readonly lossMean: 'token' | 'sequence'
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
  /** k3 to the reference; 0 when there is none. */
  readonly kl: number
  /** k3 to the sampling policy. */
  readonly approxKl: number
  readonly ratio: number
  readonly clipRatioLow: number
  readonly clipRatioHigh: number
  /** Before clipping. */
  readonly gradNorm: number
  readonly tokenCount: number
}
