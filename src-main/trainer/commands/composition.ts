/** The stages of a run over one engine, one tokenizer and one scorer. */
import { availableParallelism } from 'node:os'
import type { RewardProfile } from '#contract/reward-profile'
import type { RunConfig } from '#contract/run-config'
import { openTasks } from '../1-tasks/curriculum.ts'
import { furtherTasks, promptOf, tasksOfStep } from '../1-tasks/prompts.ts'
import { rollOut } from '../2-rollouts/roll-out.ts'
import type { Scorer } from '../3-scores/scorer.ts'
import { componentFactors, weigh } from '../3-scores/weigh.ts'
import { createEngine } from '../engines/create-engine.ts'
import type { Engine, Sampling } from '../engines/engine.ts'
import type { Prompt, Rollout, RolloutGroup, Task } from '../flow.ts'
import type { Stopwatch } from '../loop/stopwatch.ts'
import { hashSeed } from '../math/random.ts'
import type { EvaluationStages } from '../recipes/evaluate.ts'
import type { ScoredGroup, Stages } from '../recipes/stages.ts'
import type { Tokenizer } from '../tokenizer/tokenizer.ts'
import { demonstrationsOf } from './demonstrations.ts'
import { modelFolder } from './paths.ts'

export interface Parts {
  readonly engine: Engine
  readonly tokenizer: Tokenizer
  readonly scorer: Pick<Scorer, 'score'>
  readonly stopwatch: Stopwatch
  /** Waits while paused; throws when the run is to stop. */
  readonly gate: () => Promise<void>
  readonly stop: AbortSignal
  /** The profile as it is now. */
  readonly reward: () => RewardProfile
}

/** Prompts in the decoder at once during an evaluation. */
export const EVALUATION_PROMPTS = 32

/** Threads of the embedded engine. */
export const ENGINE_THREADS = Math.max(1, Math.min(8, availableParallelism()))

/** Throws the reason of `stop` when that is aborted while the model loads. */
export function openEngine(config: RunConfig, stop?: AbortSignal): Promise<Engine> {
  const settings = {
    modelFolder: modelFolder(config.model),
    lora: config.lora,
    hasValueHead: config.algorithm.name === 'ppo',
    optimizer: config.optimizer,
    microbatchSize: config.microbatchSize,
    isCheckpointed: config.gradientCheckpointing,
    seed: config.seed,
    threads: ENGINE_THREADS,
    device: config.device,
    baseStorage: config.baseStorage,
    torch: config.torch,
  }
  return createEngine(config.engine, settings, stop)
}

export function composeStages(config: RunConfig, trainTasks: readonly Task[], parts: Parts): Stages {
  const { engine, tokenizer, stopwatch, stop } = parts
  const gate = gateOf(parts)
  const sampling = samplingOf(config, tokenizer, config.sampling.temperature)
  const openAt = openTasks(trainTasks, config.curriculum, {
    before: config.supervised?.steps ?? 0,
    least: config.promptsPerStep,
  })
  return {
    config,
    samplePrompts: (step, round = 0, count = config.promptsPerStep) =>
      stopwatch.timeSync('prompts', () => {
        const open = openAt(step)
        const isWholeEpoch = round === 0 && open === trainTasks
        const tasks = isWholeEpoch
          ? tasksOfStep(trainTasks, step, count, config.seed)
          : furtherTasks(open, count, hashSeed(config.seed, round === 0 ? 'curriculum' : 'further tasks', step, round))
        return tasks.map((task) => promptOf(task, tokenizer))
      }),
    rollOut: async (prompts, step, round = 0) => {
      await gate()
      const seedOf = ({ task }: Prompt, index: number, occurrence: number): number =>
        round > 0
          ? hashSeed(config.seed, step, task.id, index, occurrence, round)
          : occurrence === 0
            ? hashSeed(config.seed, step, task.id, index)
            : hashSeed(config.seed, step, task.id, index, occurrence)
      const request = {
        prompts,
        groupSize: config.groupSize,
        sampling,
        policy: 'current',
        seedOf,
        onRollout: scoreEarly(config, parts),
      } as const
      const groups = await stopwatch.time('rollouts', () => {
        stopwatch.expect(prompts.length * config.groupSize)
        return rollOut(engine, tokenizer, request, stop)
      })
      await gate()
      return groups
    },
    score: async (groups) => {
      const scored = await stopwatch.time('scores', () => {
        stopwatch.expect(groups.reduce((sum, { rollouts }) => sum + rollouts.length, 0))
        return scoreGroups(config, parts, groups, () => stopwatch.advance())
      })
      await gate()
      return scored
    },
    weigh: (groups) =>
      stopwatch.timeSync('advantages', () =>
        groups.map(({ prompt, rollouts }) => ({
          prompt,
          rollouts: rollouts.map((scored) => ({ ...scored, ...weigh(scored.report.scores, parts.reward()) })),
        })),
      ),
    demonstrations: (step, count) => {
      const tasks = furtherTasks(trainTasks, trainTasks.length, hashSeed(config.seed, 'demonstrations', step))
      const size = { count, maxTokens: config.sampling.maxCompletionTokens }
      return stopwatch.time('prompts', () => demonstrationsOf(tasks, parts, size))
    },
    componentFactors: () => componentFactors(parts.reward()),
    referenceLogprobs: (sequences) =>
      stopwatch.time('advantages', () => engine.logprobs(sequences, 'reference', sampling.temperature)),
    currentLogprobs: (sequences) =>
      stopwatch.time('advantages', () => engine.logprobs(sequences, 'current', sampling.temperature)),
    values: (sequences) => stopwatch.time('advantages', () => engine.values(sequences)),
    // A step's updates are not cut: the weights of a checkpoint are always those of a whole step.
    update: (minibatch, objective) => stopwatch.time('update', () => engine.update(minibatch, objective, NEVER)),
  }
}

const NEVER = new AbortController().signal

export function composeEvaluation(config: RunConfig, parts: Parts): EvaluationStages {
  const { engine, tokenizer, stopwatch, stop } = parts
  const gate = gateOf(parts)
  return {
    expect: (completions) => stopwatch.expect(completions),
    rollOut: async (prompts, count, temperature) => {
      const sampling = samplingOf(config, tokenizer, temperature)
      const seedOf = (prompt: Prompt, index: number): number => hashSeed(config.seed, 'evaluation', prompt.task.id, index)
      const request = { groupSize: count, sampling, policy: 'current', seedOf, onRollout: scoreEarly(config, parts) } as const
      const groups: RolloutGroup[] = []
      for (let start = 0; start < prompts.length; start += EVALUATION_PROMPTS) {
        await gate()
        groups.push(
          ...(await rollOut(engine, tokenizer, { ...request, prompts: prompts.slice(start, start + EVALUATION_PROMPTS) }, stop)),
        )
      }
      // A stop leaves the last groups incomplete: they must not be counted.
      await gate()
      return groups
    },
    score: (groups) => scoreGroups(config, parts, groups),
  }
}

export function samplingOf({ sampling }: RunConfig, tokenizer: Tokenizer, temperature: number): Sampling {
  const { stopStrings, ...settings } = sampling
  const stop = stopStrings.length === 0 ? {} : { stop: { texts: stopStrings, tokenTexts: tokenizer.tokenTexts() } }
  return { ...settings, temperature, endTokens: tokenizer.endTokens, ...stop }
}

/** Time in a pause is nobody's. */
function gateOf({ gate, stopwatch }: Parts): () => Promise<void> {
  return () => stopwatch.time('paused', gate)
}

/** Scores completions while others are still being generated; the later call finds them done or under way. */
function scoreEarly(config: RunConfig, { scorer, stopwatch }: Parts): (rollout: Rollout) => void {
  return ({ completion, prompt }) => {
    stopwatch.advance()
    void scorer.score(completion.text, prompt.task, stimulusSeed(config, prompt.task))
  }
}

async function scoreGroups(
  config: RunConfig,
  { scorer }: Parts,
  groups: readonly RolloutGroup[],
  onScore: () => void = () => {},
): Promise<ScoredGroup[]> {
  return Promise.all(
    groups.map(async ({ prompt, rollouts }) => ({
      prompt,
      rollouts: await Promise.all(
        rollouts.map(async (rollout) => {
          const report = await scorer.score(rollout.completion.text, prompt.task, stimulusSeed(config, prompt.task))
          onScore()
          return { rollout, report }
        }),
      ),
    })),
  )
}

/** Hidden from the completion: it cannot know the run's seed. */
function stimulusSeed(config: RunConfig, task: Task): number {
  return hashSeed(config.seed, 'stimulus', task.id)
}
