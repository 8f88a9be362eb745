import { describe, expect, test } from 'vitest'
import type { Prompt, Rollout, Task } from '#trainer/flow'
import { fullEvaluation, gainMetrics, passRates, quickEvaluation, type EvaluationStages } from '#trainer/recipes/evaluate'
import { reportOf } from '#test/support/bandit'

const prompts = ['a', 'b'].map((id): Prompt => ({ task: { id } as Task, text: '', tokens: [1] }))

/** Task a passes at indices 0 and 5 at temperature 1, always at 0.2; task b never. */
const stages: EvaluationStages & { asked: [count: number, temperature: number][] } = {
  asked: [],
  rollOut: async (wanted, count, temperature) => {
    stages.asked.push([count, temperature])
    return wanted.map((prompt) => ({
      prompt,
      rollouts: Array.from({ length: count }, (_, index): Rollout => {
        const passes = prompt.task.id === 'a' && (temperature < 1 || index === 0 || index === 5)
        return {
          prompt,
          index,
          seed: 0,
          completion: { text: passes ? 'pass' : 'fail', tokens: [], oldLogprobs: new Float32Array(), isTruncated: false },
        }
      }),
    }))
  },
  score: async (groups) =>
    groups.map(({ prompt, rollouts }) => ({
      prompt,
      rollouts: rollouts.map((rollout) => ({ rollout, report: reportOf(rollout.completion.text === 'pass' ? 1 : 0) })),
    })),
}

describe('an evaluation', () => {
  test('counts pass@1 from the first samples, pass@8 from eight, and temperature 0.2 beside', async () => {
    stages.asked.length = 0
    const { metrics, groups } = await fullEvaluation(stages, prompts, 4, 'eval')
    expect(stages.asked).toEqual([
      [8, 1],
      [4, 0.2],
    ])
    // Task a: 1 of its first 4; task b: none.
    expect(metrics['eval/pass@1']).toBe(0.125)
    expect(metrics['eval/functional_rate']).toBe(0.125)
    expect(metrics['eval/pass@8']).toBe(0.5)
    expect(metrics['eval/near_greedy/pass@1']).toBe(0.5)
    expect([metrics['eval/task_count'], metrics['eval/samples_per_task']]).toEqual([2, 4])
    expect(passRates(groups, 4)).toEqual([0.25, 0])
  })

  test('during a run draws one completion of each task', async () => {
    stages.asked.length = 0
    const { metrics } = await quickEvaluation(stages, prompts, 'eval')
    expect(stages.asked).toEqual([[1, 1]])
    expect(metrics['eval/pass@1']).toBe(0.5)
  })
})

test('a completion that could not be judged has not passed, and is not in the rate of those that were', async () => {
  const unjudged: EvaluationStages = {
    ...stages,
    score: async (groups) =>
      (await stages.score(groups)).map(({ prompt, rollouts }) => ({
        prompt,
        rollouts: rollouts.map(({ rollout, report }) => ({
          rollout,
          report:
            prompt.task.id === 'b' ? { ...report, scores: { ...report.scores, functional: { unscored: 'no tool' } } } : report,
        })),
      })),
  }
  const { metrics } = await quickEvaluation(unjudged, prompts, 'eval')
  expect([metrics['eval/pass@1'], metrics['eval/functional_rate']]).toEqual([0.5, 1])
})

test('the same two evaluations give the same gain and interval', () => {
  const [before, after] = [
    [0, 0.25, 0.5, 1],
    [0.25, 0.25, 1, 0.75],
  ]
  expect(gainMetrics(before, after, 'eval')).toEqual(gainMetrics(before, after, 'eval'))
})

test('a gain is the mean of differences task by task', () => {
  const gain = gainMetrics([0, 0.5, 1], [0.5, 0.5, 1], 'eval')
  expect(gain['eval/pass@1_gain']).toBeCloseTo(1 / 6, 12)
  expect(gain['eval/pass@1_gain_low']).toBe(0)
  expect(gain['eval/pass@1_gain_high']).toBeLessThanOrEqual(0.5)
})
