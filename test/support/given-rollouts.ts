/** Stages whose rollouts are given, so that one step of a recipe can be held against numbers that others computed on the same rollouts. */
import { COMPONENTS, type Component } from '#contract/components'
import type { RunConfig } from '#contract/run-config'
import type { Minibatch, Objective, Prompt, Rollout, UpdateStats, WeighedGroup } from '#trainer/flow'
import { evaluateObjective, flattenTokens, statsOf, type PolicyNow } from '#trainer/math/objective'
import type { PromptedSequence } from '#trainer/engines/engine'
import type { Stages } from '#trainer/recipes/stages'
import { reportOf } from '#test/support/bandit'

/** [rollouts][tokens] each; what the policy says when it is updated is `logprobs`, `entropies` and `values`. */
export interface GivenRollouts {
  readonly logprobs: readonly number[][]
  readonly oldLogprobs: readonly number[][]
  readonly refLogprobs: readonly number[][]
  readonly entropies?: readonly number[][]
  readonly values?: readonly number[][]
  readonly oldValues?: readonly number[][]
}

export interface TaughtStep {
  readonly objective: Objective
  readonly minibatch: Minibatch
  /** Of the minibatch's tokens, in its order. */
  readonly now: PolicyNow
  readonly stats: UpdateStats
  /** [rollouts][tokens], in the order in which they were given; no tokens where a rollout was masked. */
  readonly advantages: number[][]
  readonly returns: number[][]
  readonly gradient: number[][]
  readonly valueGradient: number[][]
  /** Numbers of the minibatch's tokens -> [rollouts][tokens] as above. */
  split(flat: ArrayLike<number>): number[][]
}

export interface Given {
  readonly config: RunConfig
  readonly rollouts: GivenRollouts
  /** [rollouts] of each component, 0..1; weights as they are multiplied. */
  readonly parts: readonly number[][]
  readonly weights: Readonly<Record<Component, number>>
  readonly isTruncated?: (i: number) => boolean
}

/** Token 100 + i of rollout i at every place, so that no two are duplicates. */
const FIRST_TOKEN = 100

/** Stages and, once a recipe has made its one update, what it taught. */
export function givenStages(given: Given): { stages: Stages; taught: () => TaughtStep } {
  const { config, rollouts } = given
  let taught: TaughtStep | null = null
  const lookUp = (all: readonly number[][] | undefined, sequences: readonly PromptedSequence[]): Float32Array[] =>
    sequences.map(({ completionTokens }) => Float32Array.from(all![completionTokens[0]! - FIRST_TOKEN]!))
  const stages: Stages = {
    config,
    samplePrompts: () => Array.from({ length: config.promptsPerStep }, (_, i) => promptOf(i)),
    rollOut: async (prompts) =>
      prompts.map((prompt, group) => ({
        prompt,
        rollouts: Array.from({ length: config.groupSize }, (_, i) => rolloutOf(given, prompt, group * config.groupSize + i)),
      })),
    score: async (groups) =>
      groups.map(({ prompt, rollouts }) => ({
        prompt,
        rollouts: rollouts.map((rollout) => ({ rollout, report: reportOf(0) })),
      })),
    weigh: (groups) => groups.map((group): WeighedGroup => ({ prompt: group.prompt, rollouts: group.rollouts.map(weighed) })),
    demonstrations: async () => [],
    componentFactors: () => given.weights,
    referenceLogprobs: async (sequences) => lookUp(rollouts.refLogprobs, sequences),
    // The rollouts are taken to be the trainer's own.
    currentLogprobs: async (sequences) => lookUp(rollouts.oldLogprobs, sequences),
    values: async (sequences) => lookUp(rollouts.oldValues, sequences),
    update: async (minibatch, objective) => (taught = learn(given, minibatch, objective)).stats,
  }
  const weighed = (scored: { rollout: Rollout; report: ReturnType<typeof reportOf> }): WeighedGroup['rollouts'][number] => {
    const scores = given.parts[scored.rollout.index]!
    const parts = Object.fromEntries(COMPONENTS.map((component, k) => [component, given.weights[component] * scores[k]!]))
    return {
      ...scored,
      parts: parts as Record<Component, number>,
      reward: Object.values(parts).reduce((sum, part) => sum + part, 0),
    }
  }
  return { stages, taught: () => taught! }
}

function promptOf(i: number): Prompt {
  return { task: { id: `given-${i}` } as Prompt['task'], text: '', tokens: [1, 2 + i] }
}

function rolloutOf({ rollouts, isTruncated }: Given, prompt: Prompt, index: number): Rollout {
  const oldLogprobs = Float32Array.from(rollouts.oldLogprobs[index]!)
  const tokens = Array.from(oldLogprobs, () => FIRST_TOKEN + index)
  return { prompt, index, seed: index, completion: { text: '', tokens, oldLogprobs, isTruncated: isTruncated?.(index) ?? false } }
}

function learn({ rollouts }: Given, minibatch: Minibatch, objective: Objective): TaughtStep {
  const { sequences } = minibatch
  const owners = sequences.map(({ completionTokens }) => (completionTokens[0] ?? 0) - FIRST_TOKEN)
  const join = (all: readonly number[][] | undefined, otherwise: number[][]): Float32Array =>
    Float32Array.from(owners.flatMap((owner) => (owner < 0 ? [] : (all ?? otherwise)[owner]!)))
  const zeros = rollouts.logprobs.map((row) => row.map(() => 0))
  const now: PolicyNow = {
    logprobs: join(rollouts.logprobs, zeros),
    entropies: join(rollouts.entropies, zeros),
    values: rollouts.values === undefined ? null : join(rollouts.values, zeros),
  }
  const result = evaluateObjective(objective, flattenTokens(minibatch, objective), now)
  const split = (flat: ArrayLike<number>): number[][] => {
    let start = 0
    const rows: number[][] = rollouts.logprobs.map(() => [])
    sequences.forEach(({ completionTokens }, i) => {
      if (owners[i]! >= 0) rows[owners[i]!] = Array.from(completionTokens, (_, t) => flat[start + t]!)
      start += completionTokens.length
    })
    return rows
  }
  return {
    objective,
    minibatch,
    now,
    stats: statsOf([result.sums], 0, 0),
    advantages: split(Float32Array.from(sequences.flatMap(({ advantages }) => [...advantages]))),
    returns: split(Float32Array.from(sequences.flatMap(({ returns, advantages }) => [...(returns ?? advantages)]))),
    gradient: split(result.logprobGradient),
    valueGradient: split(result.valueGradient),
    split,
  }
}
