/**
 * One step of GRPO and of PPO beside TRL's definition on the same rollouts: advantages, loss, its slopes, KL and clip ratios, to 1e-4.
 * The numbers are test/golden/algorithms, made by native/golden/make_algorithms.py, which calls TRL.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { COMPONENTS, type Component } from '#contract/components'
import { runConfigSchema, type RunConfig } from '#contract/run-config'
import { grpoStep } from '#trainer/recipes/grpo'
import { ppoStep } from '#trainer/recipes/ppo'
import { givenStages, type GivenRollouts } from '#test/support/given-rollouts'
import { aConfig, aPpoConfig, REPOSITORY } from '#test/support/run-builders'

const BOUND = 1e-4

interface GrpoGolden {
  readonly groupSize: number
  readonly limit: number
  readonly localRollouts: number
  readonly clip: readonly [number, number]
  readonly weights: readonly number[]
  readonly parts: readonly number[][]
  readonly rollouts: GivenRollouts
  readonly advantages: Readonly<Record<string, readonly number[]>>
  readonly losses: readonly GrpoLoss[]
}

interface GrpoLoss {
  readonly lossType: string
  readonly klCoef: number
  readonly dualClip: number | null
  readonly isMasked: boolean
  readonly loss: number
  readonly gradient: readonly number[][]
  readonly kl: number
  readonly clipLow: number
  readonly clipHigh: number
}

interface PpoGolden {
  readonly klCoef: number
  readonly gamma: number
  readonly gaeLambda: number
  readonly clip: number
  readonly valueClip: number
  readonly valueCoef: number
  readonly rewards: readonly number[]
  readonly rollouts: GivenRollouts
  readonly steps: readonly PpoStep[]
}

interface PpoStep {
  readonly klEstimator: string
  readonly whitenRewards: boolean
  readonly advantages: readonly number[][]
  readonly returns: readonly number[][]
  readonly kl: number
  readonly loss: number
  readonly policyLoss: number
  readonly valueLoss: number
  readonly clipRatio: number
  readonly ratio: number
  readonly gradient: readonly number[][]
  readonly valueGradient: readonly number[][]
}

const golden = (name: string): unknown =>
  JSON.parse(readFileSync(join(REPOSITORY, `test/golden/algorithms/${name}.json`), 'utf8'))
const grpo = golden('grpo') as GrpoGolden
const ppo = golden('ppo') as PpoGolden

function expectClose(actual: readonly number[] | number, wanted: readonly number[] | number, what: string): void {
  const [found, expected] = [[actual].flat(), [wanted].flat()]
  expect(found.length, what).toBe(expected.length)
  // Written so that a NaN is beyond the bound.
  const beyond = found.flatMap((value, i) => (Math.abs(value - expected[i]!) <= BOUND ? [] : [[value, expected[i]!]]))
  expect(beyond, what).toEqual([])
}

describe('GRPO beside TRL', () => {
  const weights = Object.fromEntries(COMPONENTS.map((component, k) => [component, grpo.weights[k]!])) as Record<Component, number>
  const lengthOf = (i: number): number => grpo.rollouts.logprobs[i]!.length

  function configOf(changes: object): RunConfig {
    const base = aConfig()
    const [clipEpsilonLow, clipEpsilonHigh] = grpo.clip
    return runConfigSchema.parse({
      ...base,
      promptsPerStep: grpo.parts.length / grpo.groupSize,
      groupSize: grpo.groupSize,
      minibatchSize: grpo.parts.length,
      microbatchSize: grpo.localRollouts,
      sampling: { ...base.sampling, maxCompletionTokens: grpo.limit },
      algorithm: { ...base.algorithm, clipEpsilonLow, clipEpsilonHigh, zeroVarianceGroups: 'keep', ...changes },
    })
  }

  async function stepWith(changes: object) {
    const config = configOf(changes)
    const { stages, taught } = givenStages({
      config,
      rollouts: grpo.rollouts,
      parts: grpo.parts,
      weights,
      isTruncated: (i) => lengthOf(i) === grpo.limit,
    })
    const trace = await grpoStep(stages, config.algorithm as Parameters<typeof grpoStep>[1], 1)
    return { trace, taught: taught() }
  }

  test.each([
    ['group', { scaleAdvantages: 'group' }],
    ['batch', { scaleAdvantages: 'batch' }],
    ['none', { scaleAdvantages: 'none' }],
    ['normalise_then_sum', { componentOrder: 'normalise_then_sum' }],
  ])('advantages: %s', async (name, changes) => {
    const { trace } = await stepWith(changes)
    expectClose(trace.advantages.flat(), grpo.advantages[name]!, 'advantages')
  })

  test.each(grpo.losses)('loss $lossType, KL $klCoef, dual clip $dualClip, masked $isMasked', async (wanted) => {
    const { lossType, klCoef, dualClip, isMasked } = wanted
    const { taught } = await stepWith({ lossType, klCoef, dualClip, maskTruncated: isMasked, scaleAdvantages: 'batch' })
    expectClose(taught.stats.loss, wanted.loss, 'loss')
    const isOut = (i: number): boolean => isMasked && lengthOf(i) === grpo.limit
    expectClose(
      taught.gradient.flat(),
      wanted.gradient.flatMap((row, i) => (isOut(i) ? [] : row)),
      'slope by each log-prob',
    )
    // TRL measures over tokens whatever the loss divides by.
    if (lossType === 'grpo' || lossType === 'bnpo') return
    expectClose(taught.stats.clipRatioLow, wanted.clipLow, 'clip ratio, low')
    expectClose(taught.stats.clipRatioHigh, wanted.clipHigh, 'clip ratio, high')
    if (klCoef > 0) expectClose(taught.stats.kl, wanted.kl, 'KL')
  })
})

describe('PPO beside TRL', () => {
  test.each(ppo.steps)('KL $klEstimator in the reward, rewards whitened: $whitenRewards', async (wanted) => {
    const base = aPpoConfig()
    const { klEstimator, whitenRewards } = wanted
    const count = ppo.rewards.length
    const config = runConfigSchema.parse({
      ...base,
      promptsPerStep: count,
      groupSize: 1,
      minibatchSize: count,
      microbatchSize: count,
      algorithm: {
        ...base.algorithm,
        clipEpsilonLow: ppo.clip,
        clipEpsilonHigh: ppo.clip,
        klCoef: ppo.klCoef,
        klEstimator,
        whitenRewards,
        gamma: ppo.gamma,
        gaeLambda: ppo.gaeLambda,
        valueCoef: ppo.valueCoef,
        valueClipEpsilon: ppo.valueClip,
      },
    })
    const { stages, taught } = givenStages({
      config,
      rollouts: ppo.rollouts,
      parts: ppo.rewards.map((reward) => [0, reward, 0, 0, 0]),
      weights: { compilation: 0, functional: 1, synthesis: 0, reasoning: 0, quality: 0 },
    })
    const { klCoef } = config.algorithm
    const trace = await ppoStep(stages, config.algorithm as Parameters<typeof ppoStep>[1], 1, { klCoef })
    const { advantages, returns, gradient, valueGradient, stats } = taught()
    expectClose(advantages.flat(), wanted.advantages.flat(), 'advantages')
    expectClose(returns.flat(), wanted.returns.flat(), 'returns')
    if (klEstimator === 'k3') expectClose(trace.kl, wanted.kl, 'KL')
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
