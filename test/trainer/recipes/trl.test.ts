/**
 * One step of GRPO and of PPO beside TRL's definition on the same rollouts: advantages, loss, its slopes, KL and clip ratios, to 1e-4.
 * The numbers are test/golden/algorithms, made by native/golden/make_algorithms.py, which calls TRL.
 */
import { describe, test } from 'vitest'
import { changesOf, expectClose, grpo, grpoStepWith, ppo, ppoStepWith, slopesOf } from '#test/support/trl-golden'

describe('GRPO beside TRL', () => {
  test.each([
    ['group', { scaleAdvantages: 'group' }],
    ['batch', { scaleAdvantages: 'batch' }],
    ['none', { scaleAdvantages: 'none' }],
    ['normalise_then_sum', { componentOrder: 'normalise_then_sum' }],
  ])('advantages: %s', async (name, changes) => {
    const { trace } = await grpoStepWith(changes)
    expectClose(trace.advantages.flat(), grpo.advantages[name]!, 'advantages')
  })

  test.each(grpo.losses)('loss $lossType, KL $klCoef, dual clip $dualClip, masked $isMasked', async (wanted) => {
    const { lossType, klCoef } = wanted
    const { taught } = await grpoStepWith(changesOf(wanted))
    expectClose(taught.stats.loss, wanted.loss, 'loss')
    expectClose(taught.gradient.flat(), slopesOf(wanted), 'slope by each log-prob')
    // TRL measures over tokens whatever the loss divides by.
    if (lossType === 'grpo' || lossType === 'bnpo') return
    expectClose(taught.stats.clipRatioLow, wanted.clipLow, 'clip ratio, low')
    expectClose(taught.stats.clipRatioHigh, wanted.clipHigh, 'clip ratio, high')
    if (klCoef > 0) expectClose(taught.stats.kl, wanted.kl, 'KL')
  })
})

describe('PPO beside TRL', () => {
  test.each(ppo.steps)('KL $klEstimator in the reward, rewards whitened: $whitenRewards', async (wanted) => {
    const { trace, taught } = await ppoStepWith(wanted)
    const { advantages, returns, gradient, valueGradient, stats } = taught
    expectClose(advantages.flat(), wanted.advantages.flat(), 'advantages')
    expectClose(returns.flat(), wanted.returns.flat(), 'returns')
    if (wanted.klEstimator === 'k3') expectClose(trace.kl, wanted.kl, 'KL')
    expectClose(
      [stats.loss, stats.policyLoss, stats.valueLoss],
      [wanted.loss, wanted.policyLoss, wanted.valueLoss],
      'loss, of the policy, of the values',
    )
    expectClose([stats.clipRatioLow + stats.clipRatioHigh, stats.ratio], [wanted.clipRatio, wanted.ratio], 'clip ratio, ratio')
    expectClose(gradient.flat(), wanted.gradient.flat(), 'slope by each log-prob')
    expectClose(valueGradient.flat(), wanted.valueGradient.flat(), 'slope by each value')
  })
})
