/** Every option of the policy's loss under PyTorch: the plain loops' numbers token by token, and TRL's on its rollouts. */
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { LOSS_CASES, expectStats, lossObjective, lossTokens } from '#test/support/loss-cases'
import type { TaughtStep } from '#test/support/given-rollouts'
import { runPython } from '#test/support/python'
import { REPOSITORY } from '#test/support/run-builders'
import { MISSING_TORCH, unlessSkipped } from '#test/support/torch-engine'
import { changesOf, expectClose, grpo, grpoStepWith, ppo, ppoStepWith, slopesOf } from '#test/support/trl-golden'
import { readStats, updateCall } from '#trainer/engines/torch/messages'
import type { Minibatch, Objective, UpdateStats } from '#trainer/flow'
import { evaluateObjective, flattenTokens, statsOf, type PolicyNow } from '#trainer/math/objective'

interface Question {
  readonly minibatch: Minibatch
  readonly objective: Objective
  readonly now: PolicyNow
}

interface Said {
  readonly stats: UpdateStats
  readonly slopes: { readonly logprobs: number[]; readonly entropies: number[]; readonly values?: number[] }
}

interface Answer {
  readonly losses: { readonly stats: unknown; readonly slopes: Said['slopes'] }[]
  readonly frozen_head: number
  readonly trained_head: number
}

/** One Python for all of them. */
function ask(questions: readonly Question[]): Answer & { losses: Said[] } {
  const order = questions.map(({ minibatch, objective, now }) => {
    const { header, arrays } = updateCall(minibatch, objective)
    const said = Object.entries(now).map(([name, array]) => [name, array === null ? null : [...(array as Float32Array)]])
    return { header, arrays: arrays.map((array) => [...array]), now: Object.fromEntries(said) as unknown }
  })
  const answer = runPython(join(REPOSITORY, 'native/tests/losses.py'), order) as Answer
  return { ...answer, losses: answer.losses.map(({ stats, slopes }) => ({ stats: readStats(stats), slopes })) }
}

describe.skipIf(MISSING_TORCH !== '')(unlessSkipped('the loss in PyTorch'), () => {
  const plain = LOSS_CASES.map((changes): Question => ({ ...lossTokens(), objective: lossObjective(changes) }))
  let answer: ReturnType<typeof ask>
  let taught: TaughtStep[]

  beforeAll(async () => {
    const steps = [...grpo.losses.map((wanted) => grpoStepWith(changesOf(wanted))), ...ppo.steps.map(ppoStepWith)]
    taught = (await Promise.all(steps)).map((step) => step.taught)
    answer = ask([...plain, ...taught])
  })

  /** Of one of TRL's steps: the stats, and the slopes by rollouts in their own order. */
  function trlAnswer(place: number): { stats: UpdateStats; logprobSlopes: number[]; valueSlopes: number[] } {
    const { stats, slopes } = answer.losses[plain.length + place]!
    const { split } = taught[place]!
    return { stats, logprobSlopes: split(slopes.logprobs).flat(), valueSlopes: split(slopes.values ?? []).flat() }
  }

  test.each(LOSS_CASES.map((options, place) => ({ ...options, place })))(
    'agrees with the plain loops: $klEstimator, dual clip $dualClip, mean $lossMean',
    ({ place, dualClip }) => {
      const { minibatch, objective, now } = plain[place]!
      const wanted = evaluateObjective(objective, flattenTokens(minibatch, objective), now)
      const { stats, slopes } = answer.losses[place]!
      const plainStats = statsOf([wanted.sums], 0, 0)
      expectStats(stats, plainStats, 1e-5)
      if (dualClip !== null) expect(plainStats.clipRatioDual).toBeGreaterThan(0)
      for (const [found, gradient] of [
        [slopes.logprobs, wanted.logprobGradient],
        [slopes.entropies, wanted.entropyGradient],
        [slopes.values!, wanted.valueGradient],
      ] as const) {
        expect(found.length).toBe(gradient.length)
        gradient.forEach((value, t) => expect(found[t]).toBeCloseTo(value, 5))
      }
    },
  )

  test.each(grpo.losses.map((wanted, place) => ({ ...wanted, place })))(
    'is TRL’s: GRPO loss $lossType, KL $klCoef, dual clip $dualClip, masked $isMasked',
    (wanted) => {
      const { stats, logprobSlopes } = trlAnswer(wanted.place)
      expectClose(stats.loss, wanted.loss, 'loss')
      expectClose(logprobSlopes, slopesOf(wanted), 'slope by each log-prob')
    },
  )

  test.each(ppo.steps.map((wanted, place) => ({ ...wanted, place })))(
    'is TRL’s: PPO, KL $klEstimator in the reward, rewards whitened: $whitenRewards',
    (wanted) => {
      const { stats, logprobSlopes, valueSlopes } = trlAnswer(grpo.losses.length + wanted.place)
      expectClose(
        [stats.loss, stats.policyLoss, stats.valueLoss],
        [wanted.loss, wanted.policyLoss, wanted.valueLoss],
        'loss, of the policy, of the values',
      )
      expectClose(logprobSlopes, wanted.gradient.flat(), 'slope by each log-prob')
      expectClose(valueSlopes, wanted.valueGradient.flat(), 'slope by each value')
    },
  )

  test('has the same log-probs, entropies and gradients in chunks of the vocabulary as on the whole', () => {
    expect(answer.frozen_head).toBeLessThan(1e-5)
    expect(answer.trained_head).toBeLessThan(1e-5)
  })
})
