/** Train step, decoding and scoring with the starter model at the size of the preset Starter GRPO. */
import { availableParallelism } from 'node:os'
import { promptOf, tasksOfStep } from '#trainer/1-tasks/prompts'
import { readDataset } from '#trainer/1-tasks/read-tasks'
import { rollOut } from '#trainer/2-rollouts/roll-out'
import { createScorer } from '#trainer/3-scores/scorer'
import { openEngine } from '#trainer/commands/composition'
import { datasetFile, modelFolder } from '#trainer/commands/paths'
import type { Minibatch, Objective, RolloutGroup } from '#trainer/flow'
import { hashSeed } from '#trainer/math/random'
import { loadTokenizer } from '#trainer/tokenizer/tokenizer'
import { aConfig } from '#test/support/run-builders'
import type { Measured } from './measured.ts'
import { median, secondsOf } from './measured.ts'

const TRIES = 3
const never = new AbortController().signal

export async function measureEngine(): Promise<Measured[]> {
  const config = aConfig()
  const { tasks } = await readDataset(datasetFile('starter'))
  const tokenizer = loadTokenizer(modelFolder('starter'))
  const engine = await openEngine(config)
  const prompts = tasksOfStep(tasks.train, 1, config.promptsPerStep, 1).map((task) => promptOf(task, tokenizer))
  const sampling = { ...config.sampling, endTokens: tokenizer.endTokens }
  let groups: RolloutGroup[] = []
  const decode = async (attempt: number): Promise<number> => {
    const seedOf = (prompt: (typeof prompts)[number], index: number): number => hashSeed(attempt, prompt.task.id, index)
    const request = { prompts, groupSize: config.groupSize, sampling, policy: 'current', seedOf, onRollout: () => {} } as const
    const seconds = await secondsOf(async () => (groups = await rollOut(engine, tokenizer, request, never)))
    return tokensOf(groups) / seconds
  }
  await decode(0)
  const decodeSpeed = await median(TRIES, (i) => decode(i + 1))
  const batch = minibatchOf(groups, config.minibatchSize)
  await engine.update(batch, OBJECTIVE, never)
  const updateSeconds = await median(TRIES, () => secondsOf(() => engine.update(batch, OBJECTIVE, never)))
  await engine.close()
  const trained = batch.sequences.reduce(
    (sum, { promptTokens, completionTokens }) => sum + promptTokens.length + completionTokens.length,
    0,
  )
  return [
    {
      what: 'Decoding',
      value: decodeSpeed,
      unit: 'tokens/s',
      how: `${config.promptsPerStep} prompts x ${config.groupSize}, ${availableParallelism()} threads`,
    },
    {
      what: 'Train step',
      value: updateSeconds,
      unit: 's',
      how: `GRPO with LoRA, ${batch.sequences.length} sequences, ${trained} tokens`,
    },
    await scoring(groups),
  ]
}

async function scoring(groups: readonly RolloutGroup[]): Promise<Measured> {
  const jobs = groups.flatMap(({ prompt, rollouts }) =>
    [...new Set(rollouts.map(({ completion }) => completion.text))].map((text) => ({ text, task: prompt.task })),
  )
  const scorer = createScorer()
  // The first answer of each thread compiles WebAssembly.
  await Promise.all(jobs.slice(0, 4).map(({ text, task }) => scorer.score(text, task, 0)))
  const seconds = await secondsOf(() => Promise.all(jobs.map(({ text, task }) => scorer.score(text, task, 1))))
  await scorer.close()
  return { what: 'Scoring', value: jobs.length / seconds, unit: 'scores/s', how: `${jobs.length} distinct completions, warm` }
}

const OBJECTIVE: Objective = {
  kind: 'policy',
  clipEpsilonLow: 0.2,
  clipEpsilonHigh: 0.28,
  klCoef: 0,
  entropyCoef: 0,
  lossMean: 'token',
  temperature: 1,
  value: null,
  learningRate: 1e-6,
  valueLearningRate: 0,
}

function minibatchOf(groups: readonly RolloutGroup[], size: number): Minibatch {
  const rollouts = groups.flatMap((group) => group.rollouts).slice(0, size)
  return {
    sequences: rollouts.map(({ prompt, completion }, i) => ({
      promptTokens: prompt.tokens,
      completionTokens: completion.tokens,
      oldLogprobs: completion.oldLogprobs,
      refLogprobs: null,
      advantages: new Float32Array(completion.tokens.length).fill(i % 2 === 0 ? 1 : -1),
      returns: null,
      oldValues: null,
      weight: 1,
    })),
  }
}

function tokensOf(groups: readonly RolloutGroup[]): number {
  return groups.flatMap((group) => group.rollouts).reduce((sum, { completion }) => sum + completion.tokens.length, 0)
}
