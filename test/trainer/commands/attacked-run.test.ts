/** A run that attacks its reward first, as a process of its own. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { RewardProfile } from '#contract/reward-profile'
import { EXIT_CODES, RUN_FILES } from '#contract/run-directory'
import type { RunConfig } from '#contract/run-config'
import { aConfig } from '#test/support/run-builders'
import { temporaryFolder } from '#test/support/temporary-folder'
import { journalOf, startTrainer, writeFewTasks, writeRunDirectory } from '#test/support/tiny-trainer'
import { writeFakeModel } from '../../cli/fake-model.ts'

const PATIENCE_MS = 120_000
const base = aConfig()

async function endOf(weights: RewardProfile['weights']): Promise<{ directory: string; code: unknown }> {
  const home = temporaryFolder()
  const config: RunConfig = {
    ...base,
    engine: 'fake',
    model: writeFakeModel(join(home, 'model')),
    dataset: { id: writeFewTasks(join(home, 'tasks.jsonl')), hash: '' },
    steps: 1,
    promptsPerStep: 2,
    groupSize: 2,
    minibatchSize: 2,
    evaluation: { ...base.evaluation, taskCount: 1, samples: 1 },
    sampling: { ...base.sampling, maxCompletionTokens: 12 },
    attackReward: true,
    reward: { ...base.reward, weights },
  }
  const directory = writeRunDirectory(join(home, 'run'), config)
  const [code] = await startTrainer(directory).ended
  return { directory, code }
}

test(
  'ends before its first step where a cheat pays, with the cheat and the setting to change',
  { timeout: PATIENCE_MS },
  async () => {
    const { directory, code } = await endOf({ compilation: 1, functional: 0, synthesis: 0, reasoning: 0, quality: 0 })
    expect(code).toBe(EXIT_CODES.badInput)
    const events = journalOf(directory)
    expect(events.map(({ type }) => type)).toEqual(['run.ended'])
    expect(events[0]).toMatchObject({ outcome: 'failed', step: 0 })
    expect(JSON.stringify(events[0])).toMatch(/cheat.*aise reward\.weights\.functional/)
  },
)

test('trains where none pays, and says in its log how many cheats were tried', { timeout: PATIENCE_MS }, async () => {
  const { directory, code } = await endOf(base.reward.weights)
  expect(code).toBe(EXIT_CODES.finished)
  const events = journalOf(directory)
  expect(events.at(-1)).toMatchObject({ type: 'run.ended', outcome: 'finished', step: 1 })
  expect(readFileSync(join(directory, RUN_FILES.config), 'utf8')).toContain('"attackReward":true')
})
