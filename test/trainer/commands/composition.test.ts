import { describe, expect, test } from 'vitest'
import type { RunConfig } from '#contract/run-config'
import { aConfig } from '#test/support/run-builders'
import { tasksOfStep } from '#trainer/1-tasks/prompts'
import { readDataset } from '#trainer/1-tasks/read-tasks'
import { createScorer } from '#trainer/3-scores/scorer'
import { composeStages } from '#trainer/commands/composition'
import { datasetFile, modelFolder } from '#trainer/commands/paths'
import { createEngine } from '#trainer/engines/create-engine'
import { Stopwatch } from '#trainer/loop/stopwatch'
import type { Stages } from '#trainer/recipes/stages'
import { loadTokenizer } from '#trainer/tokenizer/tokenizer'

const { train } = (await readDataset(datasetFile('starter'))).tasks
const tokenizer = loadTokenizer(modelFolder('starter'))

async function stagesOf(changes: Partial<RunConfig>): Promise<Stages> {
  const config = aConfig({ engine: 'fake', promptsPerStep: 8, ...changes })
  const { lora, optimizer, microbatchSize, seed } = config
  const settings = { modelFolder: modelFolder('starter'), lora, hasValueHead: false, optimizer, microbatchSize, seed, threads: 1 }
  return composeStages(config, train, {
    engine: await createEngine('fake', settings),
    tokenizer,
    scorer: createScorer(),
    stopwatch: new Stopwatch(() => 0),
    gate: () => Promise.resolve(),
    stop: new AbortController().signal,
    reward: () => config.reward,
  })
}

const drawn = (stages: Stages, step: number, round?: number): string[] =>
  stages.samplePrompts(step, round, round === undefined ? undefined : 8).map(({ task }) => task.id)
const hardest = (stages: Stages, step: number, round?: number): number =>
  Math.max(...stages.samplePrompts(step, round, round === undefined ? undefined : 8).map(({ task }) => task.difficulty))

describe('the prompts of a step', () => {
  test('without a curriculum, and after it, are those of the epochs', async () => {
    const [plain, late] = [await stagesOf({}), await stagesOf({ curriculum: { startShare: 0.1, steps: 5 } })]
    for (const step of [1, 6, 9]) {
      expect(drawn(plain, step)).toEqual(tasksOfStep(train, step, 8, 1).map(({ id }) => id))
      expect(drawn(late, step).join() === drawn(plain, step).join()).toBe(step > 5)
    }
  })

  test('in a curriculum are easy ones, each once, also in later rounds', async () => {
    const stages = await stagesOf({ curriculum: { startShare: 0.05, steps: 50 } })
    const easiest = Math.min(...train.map(({ difficulty }) => difficulty))
    expect(new Set(drawn(stages, 1)).size).toBe(8)
    expect([hardest(stages, 1), hardest(stages, 1, 1)]).toEqual([easiest, easiest])
    expect(drawn(stages, 1, 1)).not.toEqual(drawn(stages, 1))
  })

  test('in a curriculum are decided by the step and the seed alone, so that a resumed run goes on in it', async () => {
    const curriculum = { startShare: 0.2, steps: 20 }
    const [first, resumed, other] = [
      await stagesOf({ curriculum }),
      await stagesOf({ curriculum }),
      await stagesOf({ curriculum, seed: 2 }),
    ]
    for (let step = 1; step < 7; step++) drawn(first, step)
    expect(drawn(resumed, 7)).toEqual(drawn(first, 7))
    expect(drawn(other, 7)).not.toEqual(drawn(first, 7))
  })
})
