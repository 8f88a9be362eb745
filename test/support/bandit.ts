/** Stages over a bandit: one prompt, completions of a few tokens, a score that a person can see. The engine is a real one. */
import type { RunConfig } from '#contract/run-config'
import type { Score, ScoreReport } from '#contract/score'
import type { Task } from '#contract/task'
import { rollOut } from '#trainer/2-rollouts/roll-out'
import { componentFactors, weigh } from '#trainer/3-scores/weigh'
import type { Engine } from '#trainer/engines/engine'
import type { Prompt, TrainingSequence } from '#trainer/flow'
import { hashSeed } from '#trainer/math/random'
import type { Stages } from '#trainer/recipes/stages'
import type { Tokenizer } from '#trainer/tokenizer/tokenizer'

/** Texts are token numbers with blanks between them. */
export const PLAIN: Tokenizer = {
  encode: (text) => text.split(' ').map(Number),
  decode: (tokens) => tokens.join(' '),
  applyChatTemplate: () => '1',
  endTokens: [0],
  vocabularySize: 24,
  tokenTexts: () => Array.from({ length: 24 }, (_, token) => ` ${token}`),
}

const NEVER = new AbortController().signal

/** `valueOf` gives the functional score of a completion, 0..1. */
export function banditStages(config: RunConfig, engine: Engine, valueOf: (tokens: readonly number[]) => number): Stages {
  const prompts = Array.from({ length: config.promptsPerStep }, (_, i): Prompt => {
    const task = { id: `bandit-${i}`, family: 'bandit', instruction: '' } as Task
    return { task, text: '', tokens: [1, 2 + i] }
  })
  return {
    config,
    samplePrompts: (_, __, count = prompts.length) => prompts.slice(0, count),
    rollOut: (wanted, step, round = 0) =>
      rollOut(
        engine,
        PLAIN,
        {
          prompts: wanted,
          groupSize: config.groupSize,
          sampling: { ...config.sampling, endTokens: PLAIN.endTokens },
          policy: 'current',
          seedOf: ({ task }, index) => hashSeed(config.seed, step, task.id, index, ...(round > 0 ? [round] : [])),
        },
        NEVER,
      ),
    score: async (groups) =>
      groups.map(({ prompt, rollouts }) => ({
        prompt,
        rollouts: rollouts.map((rollout) => ({ rollout, report: reportOf(valueOf(rollout.completion.tokens)) })),
      })),
    weigh: (groups) =>
      groups.map(({ prompt, rollouts }) => ({
        prompt,
        rollouts: rollouts.map((scored) => ({ ...scored, ...weigh(scored.report.scores, config.reward) })),
      })),
    demonstrations: async (_, count) => demonstrationsOf(prompts, count),
    componentFactors: () => componentFactors(config.reward),
    referenceLogprobs: (sequences) => engine.logprobs(sequences, 'reference', config.sampling.temperature),
    currentLogprobs: (sequences) => engine.logprobs(sequences, 'current', config.sampling.temperature),
    values: (sequences) => engine.values(sequences),
    update: (minibatch, objective) => engine.update(minibatch, objective, NEVER),
  }
}

/** Token 5 and the end, for every prompt. */
function demonstrationsOf(prompts: readonly Prompt[], count: number): TrainingSequence[] {
  const unused = new Float32Array(2)
  const nothing = { oldLogprobs: unused, advantages: unused, refLogprobs: null, returns: null, oldValues: null, weight: 1 }
  return prompts.slice(0, count).map(({ tokens }) => ({ promptTokens: tokens, completionTokens: [5, 0], ...nothing }))
}

export function reportOf(functional: number): ScoreReport {
  const good: Score = { value: 1, outcome: 'passed', evidence: { summary: '' } }
  const outcome = functional === 1 ? 'passed' : functional > 0 ? 'partial' : 'failed'
  const judged: Score = { value: functional, outcome, evidence: { summary: '' } }
  return {
    scores: { compilation: good, functional: judged, synthesis: good, reasoning: good, quality: good },
    code: '',
    reasoning: '',
    tools: {},
    isFromCache: false,
  }
}
