/** Where the time of real steps goes: a real trainer on the starter model, in smaller steps than a real run's. */
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { EXIT_CODES } from '#contract/run-directory'
import { aConfig, aPpoConfig } from '#test/support/run-builders'
import { temporaryFolder } from '#test/support/temporary-folder'
import { journalOf, startTrainer, writeFewTasks, writeRunDirectory } from '#test/support/tiny-trainer'

const STAGES = ['prompts', 'rollouts', 'scores', 'advantages', 'update', 'journal', 'paused'].map((stage) => `timing_s/${stage}`)

test.each([aConfig(), aPpoConfig()])(
  '$name: the stages account for 95 % of each step, and the checkpoint before it is told apart',
  { timeout: 180_000 },
  async ({ evaluation, sampling, ...config }) => {
    const home = temporaryFolder()
    const directory = writeRunDirectory(join(home, 'run'), {
      ...config,
      dataset: { id: writeFewTasks(join(home, 'tasks.jsonl'), { train: 8, validation: 1 }), hash: '' },
      steps: 4,
      promptsPerStep: 4,
      groupSize: 4,
      minibatchSize: 8,
      checkpointEvery: 2,
      evaluation: { ...evaluation, every: 2, taskCount: 1, samples: 1 },
      sampling: { ...sampling, maxCompletionTokens: 60 },
    })
    expect(await startTrainer(directory).ended).toEqual([EXIT_CODES.finished, null])
    const steps = journalOf(directory).flatMap((event) => (event.type === 'step.finished' ? [event.metrics] : []))
    expect(steps).toHaveLength(4)
    for (const metrics of steps) {
      const step = metrics['timing_s/step']!
      const named = STAGES.reduce((sum, stage) => sum + (metrics[stage] ?? 0), 0)
      expect(named / step).toBeGreaterThan(0.95)
      expect(named + metrics['timing_s/other']!).toBeCloseTo(step, 6)
      expect(metrics['perf/score_wait_share']).toBeCloseTo(metrics['timing_s/scores']! / (step - metrics['timing_s/paused']!), 6)
    }
    // Saved after step 2, with an evaluation before step 3.
    expect(steps.map((metrics) => 'timing_s/checkpoint' in metrics)).toEqual([false, false, true, false])
  },
)
