/** What a recipe is made of: the stages, ready to be called in order. Composed once, in commands/train.ts. */
import type { Algorithm } from '#contract/algorithm'
import type { Component } from '#contract/components'
import type { RunConfig } from '#contract/run-config'
import type { PromptedSequence } from '../engines/engine.ts'
import type {
  Minibatch,
  Objective,
  Prompt,
  RecipeState,
  RolloutGroup,
  SamplerMismatch,
  ScoredRollout,
  TrainingSequence,
  UpdateStats,
  WeighedGroup,
} from '../flow.ts'

export interface ScoredGroup {
  readonly prompt: Prompt
  readonly rollouts: readonly ScoredRollout[]
}

export interface Stages {
  readonly config: RunConfig
  /** Round 0: the step's prompts. Later rounds: `count` further ones, for groups that teach nothing. */
  samplePrompts(step: number, round?: number, count?: number): Prompt[]
  /** Other completions in each round, also of a prompt that comes up again. */
  rollOut(prompts: readonly Prompt[], step: number, round?: number): Promise<RolloutGroup[]>
  score(groups: readonly RolloutGroup[]): Promise<ScoredGroup[]>
  /** With the reward profile as it is now. */
  weigh(groups: readonly ScoredGroup[]): WeighedGroup[]
  /** What that profile multiplies each component's score by. */
  componentFactors(): Readonly<Record<Component, number>>
  /** Training tasks with their references as answers, up to `count` of them; the same for the same step. */
  demonstrations(step: number, count: number): Promise<TrainingSequence[]>
  /** Log-probs of the completions under the frozen reference. */
  referenceLogprobs(sequences: readonly PromptedSequence[]): Promise<Float32Array[]>
  /** The same under the policy as it is now. */
  currentLogprobs(sequences: readonly PromptedSequence[]): Promise<Float32Array[]>
  values(sequences: readonly PromptedSequence[]): Promise<Float32Array[]>
  update(minibatch: Minibatch, objective: Objective): Promise<UpdateStats>
}

export function initialState({ klCoef }: Algorithm): RecipeState {
  return { klCoef }
}

/** Everything that happened in one step: what metrics, rollout file and screens are made from. */
export interface StepTrace {
  readonly step: number
  /** A supervised step before reinforcement learning: it has no groups. */
  readonly isSupervised?: boolean
  readonly groups: readonly WeighedGroup[]
  /** Mean advantage of each rollout over its tokens, in the groups' order. */
  readonly advantages: readonly (readonly number[])[]
  readonly updates: readonly UpdateStats[]
  /** Groups whose rewards are all equal. */
  readonly equalGroupCount: number
  /** Groups that were left out of the updates because they teach nothing. */
  readonly filteredGroupCount: number
  /** How often prompts were drawn: 1, or more where groups that teach nothing were replaced. */
  readonly roundCount: number
  /** Completions that were left out of the loss because they were truncated. */
  readonly maskedCount: number
  /** Mean over the completions of what their length was charged. */
  readonly overlongPenalty: number
  /** KL coefficient of this step. */
  readonly klCoef: number
  /** For the next step. */
  readonly state: RecipeState
  /** Mean k3 of the sampling policy to the reference. */
  readonly kl: number
  readonly learningRate: number
  /** PPO only. */
  readonly explainedVariance: number | null
  /** Updates were cut short by maxApproxKl. */
  readonly isEarlyStopped: boolean
  /** null where samplerCorrection is off, or nothing taught. */
  readonly samplerMismatch: SamplerMismatch | null
}
