/** Every option of the policy's loss under PyTorch: the plain loops' numbers token by token, TRL's on its rollouts, the embedded engine's in an update. */
import { join } from 'node:path'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { LOSS_CASES, lossObjective, lossTokens } from '#test/support/loss-cases'
import type { TaughtStep } from '#test/support/given-rollouts'
import { runPython } from '#test/support/python'
import { REPOSITORY } from '#test/support/run-builders'
import { temporaryFolder } from '#test/support/temporary-folder'
import { writeTinyFolder } from '#test/support/tiny-folder'
import { MISSING_TORCH, openTorch, TORCH_SETTINGS, unlessSkipped } from '#test/support/torch-engine'
import { changesOf, expectClose, grpo, grpoStepWith, ppo, ppoStepWith, slopesOf } from '#test/support/trl-golden'
import type { Engine, EngineSettings } from '#trainer/engines/engine'
import { createOnnxEngine } from '#trainer/engines/onnx/onnx-engine'
import { readStats, updateCall } from '#trainer/engines/torch/messages'
import type { Minibatch, Objective, UpdateStats } from '#trainer/flow'
import { evaluateObjective, flattenTokens, statsOf, type PolicyNow } from '#trainer/math/objective'
import { createRandom } from '#trainer/math/random'

const NEVER = new AbortController().signal
const SUPERVISED: Objective = { kind: 'supervised', learningRate: 0, valueLearningRate: 0 }

interface Question {
  readonly minibatch: Minibatch
  readonly objective: Objective
  readonly now: PolicyNow
}

interface Said {
  readonly stats: UpdateStats
  readonly slopes: { readonly logprobs: number[]; readonly entropies: number[]; readonly values?: number[] }
}

/** One Python for all of them. */
function ask(questions: readonly Question[]): Said[] {
  const order = questions.map(({ minibatch, objective, now }) => {
    const { header, arrays } = updateCall(minibatch, objective)
    const said = Object.entries(now).map(([name, array]) => [name, array === null ? null : [...(array as Float32Array)]])
    return { header, arrays: arrays.map((array) => [...array]), now: Object.fromEntries(said) as unknown }
  })
  const answers = runPython(join(REPOSITORY, 'native/tests/losses.py'), order) as { stats: unknown; slopes: Said['slopes'] }[]
  return answers.map(({ stats, slopes }) => ({ stats: readStats(stats), slopes }))
}

function expectStats(found: UpdateStats, wanted: UpdateStats, bound: number): void {
  for (const key of Object.keys(wanted) as (keyof UpdateStats)[]) {
    const error = Math.abs(found[key] - wanted[key])
    expect(error, `${key}: ${found[key]} beside ${wanted[key]}`).toBeLessThanOrEqual(bound * Math.max(1, Math.abs(wanted[key])))
  }
}

describe.skipIf(MISSING_TORCH !== '')(unlessSkipped('the loss in PyTorch'), () => {
  const plain = LOSS_CASES.map((changes): Question => ({ ...lossTokens(), objective: lossObjective(changes) }))
  let answers: Said[]
  let taught: TaughtStep[]

  beforeAll(async () => {
    const steps = [...grpo.losses.map((wanted) => grpoStepWith(changesOf(wanted))), ...ppo.steps.map(ppoStepWith)]
    taught = (await Promise.all(steps)).map((step) => step.taught)
    answers = ask([...plain, ...taught])
  })

  /** Of one of TRL's steps: the stats, and the slopes by rollouts in their own order. */
  function trlAnswer(place: number): { stats: UpdateStats; logprobSlopes: number[]; valueSlopes: number[] } {
    const { stats, slopes } = answers[plain.length + place]!
    const { split } = taught[place]!
    return { stats, logprobSlopes: split(slopes.logprobs).flat(), valueSlopes: split(slopes.values ?? []).flat() }
  }

  test.each(LOSS_CASES.map((options, place) => ({ ...options, place })))(
    'agrees with the plain loops: $klEstimator, dual clip $dualClip, mean $lossMean',
    ({ place, dualClip }) => {
      const { minibatch, objective, now } = plain[place]!
      const wanted = evaluateObjective(objective, flattenTokens(minibatch, objective), now)
      const { stats, slopes } = answers[place]!
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
})

describe.skipIf(MISSING_TORCH !== '')(unlessSkipped('an update in several microbatches'), () => {
  test('has the stats of the embedded engine under each option of the loss, a rollout without tokens included', async () => {
    const [embedded, torch] = await both()
    const minibatch = aMinibatch()
    const clipped = []
    for (const options of LOSS_CASES) {
      const objective = { ...lossObjective(options), learningRate: 0, valueLearningRate: 0 }
      const wanted = await embedded.update(minibatch, objective, NEVER)
      expectStats(await torch.update(minibatch, objective, NEVER), wanted, 1e-4)
      clipped.push(wanted.clipRatioDual)
    }
    expect(Math.max(...clipped)).toBeGreaterThan(0.01)
  })

  test('of supervised training has them as well, with a ratio of 1', async () => {
    const [embedded, torch] = await both()
    const wanted = await embedded.update(aMinibatch(), SUPERVISED, NEVER)
    expect(wanted.ratio).toBeCloseTo(1, 5)
    expectStats(await torch.update(aMinibatch(), SUPERVISED, NEVER), wanted, 1e-4)
  })
})

async function both(): Promise<[Engine, Engine]> {
  const settings: EngineSettings = { ...TORCH_SETTINGS, modelFolder: writeTinyFolder(temporaryFolder()), microbatchSize: 2 }
  const embedded = createOnnxEngine(settings)
  onTestFinished(() => embedded.close())
  return [embedded, await openTorch(settings)]
}

/** Seven sequences of unlike lengths, two of one prompt, one a duplicate's and one without tokens. */
function aMinibatch(): Minibatch {
  const random = createRandom(11)
  const sequences = [5, 12, 1, 9, 0, 7, 3].map((length, i) => {
    const completionTokens = Array.from({ length }, () => 3 + random.below(20))
    const floats = (low: number, high: number): Float32Array =>
      Float32Array.from(completionTokens, () => low + (high - low) * random.next())
    return {
      promptTokens: i < 2 ? [1, 2, 3] : Array.from({ length: 2 + i }, () => 3 + random.below(20)),
      completionTokens,
      oldLogprobs: floats(-5, -1),
      refLogprobs: floats(-5, -1),
      advantages: floats(-1, 1),
      returns: floats(-1, 1),
      oldValues: floats(-1, 1),
      weight: i === 3 ? 2 : 1,
    }
  })
  return { sequences }
}
