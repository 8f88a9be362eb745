import { describe, expect, test } from 'vitest'
import type { ScoreReport } from '#contract/score'
import { METRICS } from '#contract/metrics'
import { newWarnings, notFinite } from '#trainer/6-metrics/health'
import { rateMetrics, stepMetrics } from '#trainer/6-metrics/step-metrics'
import type { Prompt, WeighedRollout } from '#trainer/flow'
import { reportOf } from '#test/support/bandit'

const prompt = { task: { id: 'a' }, text: '', tokens: [1] } as unknown as Prompt
const parts = { compilation: 0.1, functional: 0.2, synthesis: 0, reasoning: 0, quality: 0 }

function aRollout(functional: number, reward: number | null, text = String(functional)): WeighedRollout {
  const completion = { text, tokens: [1, 2], oldLogprobs: new Float32Array(2), isTruncated: functional === 0 }
  return { rollout: { prompt, index: 0, seed: 0, completion }, report: reportOf(functional), reward, parts }
}

const metricsOf = (rollouts: WeighedRollout[]): Record<string, number> =>
  stepMetrics({
    groups: [{ prompt, rollouts }],
    updates: [],
    equalGroupCount: 0,
    kl: 0.5,
    learningRate: 0.1,
    explainedVariance: null,
  })

describe('the metrics of a step', () => {
  test('of passes 1, 0, 0.5 and rewards 1, 0, 0.5: a third passes, mean 0.5, deviation 0.5', () => {
    const metrics = metricsOf([aRollout(1, 1), aRollout(0, 0), aRollout(0.5, 0.5)])
    expect(metrics['train/functional_rate']).toBeCloseTo(1 / 3, 12)
    expect(metrics['train/reward']).toBeCloseTo(0.5, 12)
    expect(metrics['train/reward_std']).toBeCloseTo(0.5, 12)
    expect(metrics['train/completions/truncated_share']).toBeCloseTo(1 / 3, 12)
    expect(metrics['train/completions/distinct_share']).toBe(1)
    expect(metrics['train/rewards/functional/mean']).toBeCloseTo(0.2, 12)
  })

  test('an unscored component counts as unscored and not in its rate; a rollout without reward not in the mean', () => {
    const unscored = aRollout(1, null)
    const report: ScoreReport = { ...unscored.report, scores: { ...unscored.report.scores, quality: { unscored: 'no tool' } } }
    const metrics = metricsOf([{ ...unscored, report }, aRollout(0, 0.25)])
    expect([metrics['train/quality/scored_count'], metrics['train/quality/unscored_count']]).toEqual([1, 1])
    expect(metrics['train/quality_rate']).toBe(1)
    expect(metrics['train/reward']).toBe(0.25)
    expect(
      rateMetrics(
        [report].map((only) => ({ ...only, scores: { ...only.scores } })),
        'x',
      ),
    ).not.toHaveProperty('x/quality_rate')
  })

  test('have a definition each', () => {
    expect(Object.keys(metricsOf([aRollout(1, 1)])).filter((key) => !(key in METRICS))).toEqual([])
  })
})

describe('health', () => {
  test('a warning is said when it begins, not again while it lasts', () => {
    const [bad, good] = [{ 'train/kl': 0.9 }, { 'train/kl': 0.1 }]
    expect(newWarnings(bad, null).map(({ code }) => code)).toEqual(['kl-high'])
    expect(newWarnings(bad, good)).toHaveLength(1)
    expect(newWarnings(bad, bad)).toEqual([])
    expect(newWarnings(good, bad)).toEqual([])
  })

  test('numbers that are none are named', () => {
    expect(notFinite({ a: 1, b: NaN, c: Infinity })).toEqual(['b', 'c'])
  })
})
