/** What a recipe is made of: the stages, ready to be called in order. Composed once, in commands/train.ts. */
import type { RunConfig } from '#contract/run-config'
import type { PromptedSequence } from '../engines/engine.ts'
import type { Minibatch, Objective, Prompt, RolloutGroup, ScoredRollout, UpdateStats, WeighedGroup } from '../flow.ts'

export interface ScoredGroup {
  readonly prompt: Prompt
  readonly rollouts: readonly ScoredRollout[]
}

export interface Stages {
  readonly config: RunConfig
  samplePrompts(step: number): Prompt[]
  rollOut(prompts: readonly Prompt[], step: number): Promise<RolloutGroup[]>
  score(groups: readonly RolloutGroup[]): Promise<ScoredGroup[]>
  /** With the reward profile as it is now. */
  weigh(groups: readonly ScoredGroup[]): WeighedGroup[]
  /** Log-probs of the completions under the frozen reference. */
  referenceLogprobs(sequences: readonly PromptedSequence[]): Promise<Float32Array[]>
  values(sequences: readonly PromptedSequence[]): Promise<Float32Array[]>
  update(minibatch: Minibatch, objective: Objective): Promise<UpdateStats>
}

/** Everything that happened in one step: what metrics, rollout file and screens are made from. */
export interface StepTrace {
  readonly step: number
  readonly groups: readonly WeighedGroup[]
  /** Mean advantage of each rollout over its tokens, in the groups' order. */
  readonly advantages: readonly (readonly number[])[]
  readonly updates: readonly UpdateStats[]
  /** Groups whose rewards are all equal. */
  readonly equalGroupCount: number
  /** Mean k3 of the sampling policy to the reference. */
  readonly kl: number
  readonly learningRate: number
  /** PPO only. */
  readonly explainedVariance: number | null
  /** Updates were cut short by maxApproxKl. */
  readonly isEarlyStopped: boolean
}
