import { describe, expect, test } from 'vitest'
import type { ScoreReport } from '#contract/score'
import { METRICS } from '#contract/metrics'
import { notFinite } from '#trainer/6-metrics/health'
import { rateMetrics, stepMetrics } from '#trainer/6-metrics/step-metrics'
import { varianceShares } from '#trainer/6-metrics/variance-shares'
import type { Prompt, UpdateStats, WeighedGroup, WeighedRollout } from '#trainer/flow'
import { reportOf } from '#test/support/bandit'

const prompt = { task: { id: 'a' }, text: '', tokens: [1] } as unknown as Prompt
const parts = { compilation: 0.1, functional: 0.2, synthesis: 0, reasoning: 0, quality: 0 }

function aRollout(functional: number, reward: number | null, text = String(functional)): WeighedRollout {
  const completion = { text, tokens: [1, 2], oldLogprobs: new Float32Array(2), isTruncated: functional === 0 }
  return { rollout: { prompt, index: 0, seed: 0, completion }, report: reportOf(functional), reward, parts }
}

const NOTHING = { filteredGroupCount: 0, roundCount: 1, maskedCount: 0, overlongPenalty: 0, klCoef: 0, samplerMismatch: null }
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

describe('which component makes rewards differ', () => {
  /** Parts of one rollout: functional and compilation; their sum is the reward. */
  const paid = (functional: number, compilation: number): WeighedRollout => ({
    ...aRollout(functional, functional + compilation),
    parts: { ...parts, functional, compilation },
  })
  const groupOf = (...rollouts: WeighedRollout[]): WeighedGroup => ({ prompt, rollouts })

  test('parts 0, 0.3 and 0, 0.1 of rewards 0 and 0.4: three quarters and one quarter', () => {
    const shares = varianceShares([groupOf(paid(0, 0), paid(0.3, 0.1))])!
    expect(shares.functional).toBeCloseTo(0.75, 12)
    expect(shares.compilation).toBeCloseTo(0.25, 12)
    expect(shares.quality).toBe(0)
  })

  test('one that pays against the others has a negative share, and they still add up to 1', () => {
    const shares = varianceShares([groupOf(paid(0, 0.1), paid(0.3, 0), paid(0.5, 0.05))])!
    expect(shares.compilation).toBeLessThan(0)
    expect(Object.values(shares).reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12)
  })

  test('what differs between groups alone is no difference, nor is what was not rewarded', () => {
    const unscored = { ...paid(0.5, 0), reward: null }
    expect(varianceShares([groupOf(paid(0, 0), paid(0, 0), unscored), groupOf(paid(1, 0), paid(1, 0))])).toBeNull()
    expect(Object.keys(metricsOf([aRollout(1, 1), aRollout(1, 1)])).filter((key) => key.endsWith('variance_share'))).toEqual([])
  })
})
