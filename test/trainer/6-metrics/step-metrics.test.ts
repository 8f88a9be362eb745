import { describe, expect, test } from 'vitest'
import type { ScoreReport } from '#contract/score'
import { METRICS } from '#contract/metrics'
import { newWarnings, notFinite } from '#trainer/6-metrics/health'
import { rateMetrics, stepMetrics } from '#trainer/6-metrics/step-metrics'
import type { Prompt, UpdateStats, WeighedRollout } from '#trainer/flow'
import { reportOf } from '#test/support/bandit'

const prompt = { task: { id: 'a' }, text: '', tokens: [1] } as unknown as Prompt
const parts = { compilation: 0.1, functional: 0.2, synthesis: 0, reasoning: 0, quality: 0 }

function aRollout(functional: number, reward: number | null, text = String(functional)): WeighedRollout {
  const completion = { text, tokens: [1, 2], oldLogprobs: new Float32Array(2), isTruncated: functional === 0 }
  return { rollout: { prompt, index: 0, seed: 0, completion }, report: reportOf(functional), reward, parts }
}

const NOTHING = { filteredGroupCount: 0, roundCount: 1, maskedCount: 0, overlongPenalty: 0, klCoef: 0 }
const metricsOf = (rollouts: WeighedRollout[]): Record<string, number> =>
  stepMetrics({
    groups: [{ prompt, rollouts }],
    updates: [],
    equalGroupCount: 0,
    ...NOTHING,
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

  test('a step that taught nothing has no loss, rather than one of 0', () => {
    const keys = Object.keys(metricsOf([aRollout(1, 1)]))
    expect(keys).toContain('train/kl')
    for (const key of ['train/loss', 'train/ratio', 'train/grad_norm', 'train/explained_variance'])
      expect(keys).not.toContain(key)
  })

  test('of two updates are the means of both', () => {
    const stats: UpdateStats = {
      loss: 1,
      policyLoss: 2,
      valueLoss: 3,
      entropy: 4,
      kl: 5,
      approxKl: 6,
      ratio: 1,
      clipRatioLow: 0,
      clipRatioHigh: 0.5,
      clipRatioDual: 0,
      gradNorm: 2,
      tokenCount: 8,
    }
    const facts = { ...NOTHING, groups: [], equalGroupCount: 0, kl: 0, learningRate: 0.1, explainedVariance: 0.5 }
    const metrics = stepMetrics({ ...facts, updates: [stats, { ...stats, loss: 3, clipRatioHigh: 0 }] })
    expect(metrics['train/loss']).toBe(2)
    expect(metrics['train/value_loss']).toBe(3)
    expect(metrics['train/approx_kl']).toBe(6)
    expect(metrics['train/clip_ratio/high']).toBe(0.25)
    expect(metrics['train/explained_variance']).toBe(0.5)
    expect(Object.keys(metrics).filter((key) => !(key in METRICS))).toEqual([])
  })

  test('are numbers even when nobody scored anything', () => {
    expect(notFinite(metricsOf([]))).toEqual([])
    expect(notFinite(metricsOf([aRollout(0, null)]))).toEqual([])
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

  test.each([
    ['groups-without-variance', 'train/frac_reward_zero_std', 0.6],
    ['kl-high', 'train/kl', 0.5],
    ['update-too-large', 'train/approx_kl', 0.1],
    ['completions-truncated', 'train/completions/truncated_share', 0.3],
  ])('%s is said above its limit, not at it, and is about a metric that exists', (code, key, limit) => {
    expect(newWarnings({ [key]: limit }, null)).toEqual([])
    const warnings = newWarnings({ [key]: limit + 0.01 }, null)
    expect(warnings.map((warning) => warning.code)).toEqual([code])
    expect(warnings[0]!.evidence).not.toMatch(/NaN|undefined/)
    expect(METRICS).toHaveProperty([key])
  })

  test('a healthy step is left alone, and one with several faults hears of each', () => {
    const healthy = { 'train/kl': 0.01, 'train/frac_reward_zero_std': 0.2, 'train/completions/truncated_share': 0 }
    expect(newWarnings(healthy, null)).toEqual([])
    expect(newWarnings({ 'train/kl': 1, 'train/frac_reward_zero_std': 1 }, healthy)).toHaveLength(2)
  })

  test('numbers that are none are named', () => {
    expect(notFinite({ a: 1, b: NaN, c: Infinity })).toEqual(['b', 'c'])
  })
})
