import { describe, expect, test } from 'vitest'
import { algorithmSchema } from '#contract/algorithm'
import { runConfigSchema } from '#contract/run-config'
import { aConfig } from '#test/support/run-builders'

const CLIP = { clipEpsilonLow: 0.2, clipEpsilonHigh: 0.28 }

describe('configs of runs that began before GRPO had loss types', () => {
  const old = (changes: object): unknown => ({
    name: 'grpo',
    ...CLIP,
    klCoef: 0,
    entropyCoef: 0,
    lossMean: 'token',
    scaleByStd: true,
    ...changes,
  })

  test.each([
    [{}, { lossType: 'dapo', scaleAdvantages: 'group', zeroVarianceGroups: 'drop' }],
    [{ lossMean: 'sequence' }, { lossType: 'grpo', scaleAdvantages: 'group', zeroVarianceGroups: 'drop' }],
    [{ scaleByStd: false }, { lossType: 'dapo', scaleAdvantages: 'none', zeroVarianceGroups: 'drop' }],
    // With a KL or an entropy every group had a gradient, and none was dropped.
    [{ klCoef: 0.02 }, { lossType: 'dapo', scaleAdvantages: 'group', zeroVarianceGroups: 'keep' }],
    [{ entropyCoef: 0.01 }, { lossType: 'dapo', scaleAdvantages: 'group', zeroVarianceGroups: 'keep' }],
  ])('%j mean %j', (changes, wanted) => {
    expect(algorithmSchema.parse(old(changes))).toMatchObject({ ...wanted, klIn: 'loss', klEstimator: 'k3', dualClip: null })
  })

  test('are read as a whole, and written they are read again', () => {
    const config = { ...aConfig(), algorithm: old({}) }
    const read = runConfigSchema.parse(config)
    expect(read).toEqual(aConfig())
    expect(runConfigSchema.parse(JSON.parse(JSON.stringify(read)))).toEqual(read)
  })

  test('of PPO are what they were, with what is new turned off', () => {
    const ppo = {
      name: 'ppo',
      ...CLIP,
      klCoef: 0.05,
      entropyCoef: 0,
      valueCoef: 0.5,
      valueClipEpsilon: 0.2,
      gamma: 1,
      gaeLambda: 0.95,
      whitenAdvantages: true,
      valueLearningRate: 0.001,
    }
    const off = { targetKl: null, criticWarmupSteps: 0, whitenRewards: false, centreReturns: false, maskTruncated: false }
    expect(algorithmSchema.parse(ppo)).toMatchObject({ ...ppo, ...off, klEstimator: 'k1' })
  })

  test('with a mistake are refused by the mistake', () => {
    expect(algorithmSchema.safeParse(old({ lossMean: 'tokens' })).success).toBe(false)
    expect(algorithmSchema.safeParse(old({ epochs: 3 })).success).toBe(false)
  })
})
