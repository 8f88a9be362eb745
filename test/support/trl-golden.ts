/** One step of GRPO and of PPO on the rollouts on which TRL's numbers were computed (test/golden/algorithms, made by native/golden/make_algorithms.py). */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { COMPONENTS, type Component } from '#contract/components'
import { runConfigSchema, type RunConfig } from '#contract/run-config'
import { grpoStep } from '#trainer/recipes/grpo'
import { ppoStep } from '#trainer/recipes/ppo'
import type { StepTrace } from '#trainer/recipes/stages'
import { givenStages, type GivenRollouts, type TaughtStep } from '#test/support/given-rollouts'
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

export interface GrpoLoss {
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

export interface PpoStep {
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
export const grpo = golden('grpo') as GrpoGolden
export const ppo = golden('ppo') as PpoGolden

interface TakenStep {
  readonly trace: StepTrace
  readonly taught: TaughtStep
}

export function expectClose(actual: readonly number[] | number, wanted: readonly number[] | number, what: string): void {
  const [found, expected] = [[actual].flat(), [wanted].flat()]
  expect(found.length, what).toBe(expected.length)
  // Written so that a NaN is beyond the bound.
  const beyond = found.flatMap((value, i) => (Math.abs(value - expected[i]!) <= BOUND ? [] : [[value, expected[i]!]]))
  expect(beyond, what).toEqual([])
}

const WEIGHTS = Object.fromEntries(COMPONENTS.map((component, k) => [component, grpo.weights[k]!])) as Record<Component, number>
export const lengthOf = (i: number): number => grpo.rollouts.logprobs[i]!.length

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

export async function grpoStepWith(changes: object): Promise<TakenStep> {
  const config = configOf(changes)
  const { stages, taught } = givenStages({
    config,
    rollouts: grpo.rollouts,
    parts: grpo.parts,
    weights: WEIGHTS,
    isTruncated: (i) => lengthOf(i) === grpo.limit,
  })
  const trace = await grpoStep(stages, config.algorithm as Parameters<typeof grpoStep>[1], 1)
  return { trace, taught: taught() }
}

export async function ppoStepWith({ klEstimator, whitenRewards }: PpoStep): Promise<TakenStep> {
  const base = aPpoConfig()
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
      centreReturns: false,
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
  return { trace, taught: taught() }
}

/** Of each loss in the file: the changes of the settings with which a step has it. */
export function changesOf({ lossType, klCoef, dualClip, isMasked }: GrpoLoss): object {
  return { lossType, klCoef, dualClip, maskTruncated: isMasked, scaleAdvantages: 'batch' }
}

/** [tokens] by each log-prob, without the rollouts that were masked. */
export function slopesOf({ gradient, isMasked }: GrpoLoss): number[] {
  return gradient.flatMap((row, i) => (isMasked && lengthOf(i) === grpo.limit ? [] : row))
}
