import { describe, expect, test } from 'vitest'
import type { Prompt, Rollout, Task } from '#trainer/flow'
import { gainMetrics } from '#trainer/6-metrics/evaluation-metrics'
import {
  familiesOf,
  fullEvaluation,
  quickEvaluation,
  type EvaluationPlan,
  type EvaluationResult,
  type EvaluationStages,
} from '#trainer/recipes/evaluate'
import { METRICS } from '#contract/metrics'
import { reportOf } from '#test/support/bandit'

const prompts = ['a', 'b'].map((id): Prompt => ({ task: { id, family: id } as Task, text: '', tokens: [1] }))
const ALL_KNOWN: EvaluationPlan = { prompts, knownFamilies: new Set(['a', 'b']), prefix: 'eval' }
const ONE_UNSEEN: EvaluationPlan = { ...ALL_KNOWN, knownFamilies: new Set(['a']) }

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

/** Nothing passes. */
const failing: EvaluationStages = {
  ...stages,
  score: async (groups) =>
    groups.map(({ prompt, rollouts }) => ({ prompt, rollouts: rollouts.map((rollout) => ({ rollout, report: reportOf(0) })) })),
}

describe('an evaluation', () => {
  test('counts pass@1 from the first samples, pass@8 from eight, and temperature 0.2 beside', async () => {
    stages.asked.length = 0
    const { metrics } = await fullEvaluation(stages, ALL_KNOWN, 4)
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
  })

  test('with 20 draws gives pass@5 and pass@10 without bias: 2 of 20 passed, so 1 - C(18, k) / C(20, k)', async () => {
    stages.asked.length = 0
    const { metrics } = await fullEvaluation(stages, ALL_KNOWN, 4, [5, 10], 20)
    expect(stages.asked[0]).toEqual([20, 1])
    // pass@5 = 1 - (15 x 14) / (20 x 19), pass@10 = 1 - (10 x 9) / (20 x 19); half of it, as task b never passes.
    expect(metrics['eval/pass@5']).toBeCloseTo((1 - 210 / 380) / 2, 12)
    expect(metrics['eval/pass@10']).toBeCloseTo((1 - 90 / 380) / 2, 12)
    expect(metrics['eval/pass@1']).toBe(0.125)
  })

  test('says at its beginning how many completions it will be, and makes as many', async () => {
    let [expected, made] = [0, 0]
    const counted: EvaluationStages = {
      ...stages,
      expect: (completions) => (expected += completions),
      rollOut: async (wanted, count, temperature) => {
        expect(expected).toBeGreaterThan(0)
        made += wanted.length * count
        return stages.rollOut(wanted, count, temperature)
      },
    }
    await quickEvaluation(counted, ALL_KNOWN)
    expect([expected, made]).toEqual([2, 2])
    await fullEvaluation(counted, ALL_KNOWN, 4, [5, 10], 20)
    expect([expected, made]).toEqual([2 + 2 * 24, 2 + 2 * 24])
  })

  test('during a run draws one completion of each task', async () => {
    stages.asked.length = 0
    const { metrics } = await quickEvaluation(stages, ALL_KNOWN)
    expect(stages.asked).toEqual([[1, 1]])
    expect(metrics['eval/pass@1']).toBe(0.5)
  })

  test('has an interval for every measure, which holds it, and a definition for every key', async () => {
    for (const plan of [ALL_KNOWN, ONE_UNSEEN]) {
      for (const { metrics } of [await quickEvaluation(stages, plan), await fullEvaluation(stages, plan, 4, [5, 8, 10], 20)]) {
        expect(Object.keys(metrics).filter((key) => !(key in METRICS))).toEqual([])
        const measures = Object.keys(metrics).filter((key) => /(_rate|pass@\d+)$/.test(key))
        expect(measures.length).toBeGreaterThanOrEqual(6)
        for (const key of measures) {
          expect(metrics[`${key}_low`]).toBeLessThanOrEqual(metrics[key]!)
          expect(metrics[`${key}_high`]).toBeGreaterThanOrEqual(metrics[key]!)
        }
      }
    }
  })

  test('shows known and unseen families apart where there are both, and counts them always', async () => {
    const { metrics: mixed } = await quickEvaluation(stages, ONE_UNSEEN)
    expect([mixed['eval/known/pass@1'], mixed['eval/unseen/pass@1'], mixed['eval/pass@1']]).toEqual([1, 0, 0.5])
    expect([mixed['eval/known/task_count'], mixed['eval/unseen/task_count']]).toEqual([1, 1])
    const { metrics: known } = await quickEvaluation(stages, ALL_KNOWN)
    expect(known).not.toHaveProperty(['eval/known/pass@1'])
    expect([known['eval/known/task_count'], known['eval/unseen/task_count']]).toEqual([2, 0])
  })

  test('a family is known if a training task is of it', () => {
    expect(familiesOf(prompts.map(({ task }) => task))).toEqual(new Set(['a', 'b']))
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
  const { metrics } = await quickEvaluation(unjudged, ALL_KNOWN)
  expect([metrics['eval/pass@1'], metrics['eval/functional_rate']]).toEqual([0.5, 1])
})

describe('a gain', () => {
  const both = async (plan: EvaluationPlan): Promise<[EvaluationResult, EvaluationResult]> => [
    await fullEvaluation(failing, plan, 4, [8], 8),
    await fullEvaluation(stages, plan, 4, [8], 8),
  ]

  test('is the mean of differences task by task, for every measure and in every part', async () => {
    const [before, after] = await both(ONE_UNSEEN)
    const gain = gainMetrics(before.measures, after.measures, ONE_UNSEEN.knownFamilies, 'eval')
    expect(gain['eval/pass@1_gain']).toBe(0.125)
    expect([gain['eval/pass@1_gain_low'], gain['eval/pass@1_gain_high']]).toEqual([0, 0.25])
    expect(gain['eval/near_greedy/pass@1_gain']).toBe(0.5)
    expect([gain['eval/known/pass@1_gain'], gain['eval/unseen/pass@1_gain']]).toEqual([0.25, 0])
    expect(Object.keys(gain).filter((key) => !(key in METRICS))).toEqual([])
    for (const [key, value] of Object.entries(after.metrics)) {
      if (/(_rate|pass@\d+)$/.test(key)) expect(gain[`${key}_gain`]).toBeCloseTo(value - before.metrics[key]!, 12)
    }
  })

  test('against itself is nothing, without doubt, and the same two evaluations give the same interval', async () => {
    const [before, after] = await both(ALL_KNOWN)
    const nothing = gainMetrics(after.measures, after.measures, ALL_KNOWN.knownFamilies, 'eval')
    expect(Object.values(nothing).every((value) => value === 0)).toBe(true)
    const again = (): object => gainMetrics(before.measures, after.measures, ALL_KNOWN.knownFamilies, 'eval')
    expect(again()).toEqual(again())
  })

  test('is told for measures that both sides have', async () => {
    const { measures } = await quickEvaluation(failing, ALL_KNOWN)
    const [, after] = await both(ALL_KNOWN)
    const gain = gainMetrics(measures, after.measures, ALL_KNOWN.knownFamilies, 'eval')
    expect(gain).toHaveProperty(['eval/compile_rate_gain'])
    expect(gain).not.toHaveProperty(['eval/near_greedy/pass@1_gain'])
  })
})
