import { describe, expect, test } from 'vitest'
import { ALGORITHM_NAMES } from '#contract/algorithm-names'
import { weigh } from '#trainer/3-scores/weigh'
import type { Minibatch, WeighedGroup } from '#trainer/flow'
import type { ScoredGroup, Stages } from '#trainer/recipes/stages'
import { hasEqualRewards } from '#trainer/recipes/updates'
import { banditStages } from '#test/support/bandit'
import { configOf, openEngine, takeSteps } from '#test/support/bandit-run'

const isEven = (tokens: readonly number[]): number => (tokens[0]! % 2 === 0 ? 1 : 0)

/** Weighs as the bandit does, but leaves rollouts without a reward where `isUnscored` says so. */
function leavingOut(stages: Stages, isUnscored: (index: number) => boolean): Stages['weigh'] {
  return (groups) =>
    stages.weigh(groups).map(({ prompt, rollouts }) => ({
      prompt,
      rollouts: rollouts.map((weighed, i) => (isUnscored(i) ? { ...weighed, reward: null } : weighed)),
    }))
}

const groupOf = (rewards: readonly (number | null)[]): WeighedGroup =>
  ({ rollouts: rewards.map((reward) => ({ reward })) }) as unknown as WeighedGroup

test('a group has equal rewards when those that were scored are equal', () => {
  expect(hasEqualRewards(groupOf([0.5, 0.5]))).toBe(true)
  expect(hasEqualRewards(groupOf([0.5, null, 0.5]))).toBe(true)
  expect(hasEqualRewards(groupOf([null, null]))).toBe(true)
  expect(hasEqualRewards(groupOf([0.5, null, 0.25]))).toBe(false)
})

describe.each(ALGORITHM_NAMES)('%s', (algorithm) => {
  test('rollouts without a reward teach nothing and are no obstacle to the others', async () => {
    const engine = await openEngine('fake', algorithm)
    const config = configOf(algorithm)
    const taught: Minibatch[] = []
    const stages = banditStages(config, engine, isEven)
    const [trace] = await takeSteps(engine, config, 1, isEven, {
      weigh: leavingOut(stages, (i) => i < 6),
      update: async (minibatch, objective) => {
        taught.push(minibatch)
        return stages.update(minibatch, objective)
      },
    })
    const count = taught.flatMap(({ sequences }) => sequences).reduce((sum, { weight }) => sum + weight, 0)
    expect(count).toBe(2 * (config.groupSize - 6) * config.updateEpochs)
    for (const advantages of trace!.advantages) {
      expect(advantages.slice(0, 6)).toEqual(Array(6).fill(0))
      expect(advantages.slice(6).some((advantage) => advantage !== 0)).toBe(true)
    }
  })

  test.each(['fake', 'onnx'] as const)('a step in which nothing could be scored changes nothing (engine %s)', async (name) => {
    const engine = await openEngine(name, algorithm)
    const config = configOf(algorithm)
    const sequence = [{ promptTokens: [1, 2], completionTokens: [5, 0] }]
    const before = await engine.logprobs(sequence, 'current', 1)
    const weighNone = leavingOut(banditStages(config, engine, isEven), () => true)
    const [trace] = await takeSteps(engine, config, 1, isEven, { weigh: weighNone })
    expect(trace!.updates).toEqual([])
    expect([trace!.kl, trace!.equalGroupCount]).toEqual([0, 2])
    expect(await engine.logprobs(sequence, 'current', 1)).toEqual(before)
  })

  test('a reward that is changed during a step counts from the next step that is weighed', async () => {
    const engine = await openEngine('fake', algorithm)
    const config = configOf(algorithm)
    const stages = banditStages(config, engine, () => 0.5)
    let { weights } = config.reward
    const now = (groups: readonly ScoredGroup[]): WeighedGroup[] =>
      groups.map(({ prompt, rollouts }) => ({
        prompt,
        rollouts: rollouts.map((scored) => ({ ...scored, ...weigh(scored.report.scores, { ...config.reward, weights }) })),
      }))
    const traces = await takeSteps(engine, config, 2, () => 0.5, {
      weigh: now,
      // Asked for once the first step has been weighed.
      referenceLogprobs: async (sequences) => {
        weights = { compilation: 1, functional: 0, synthesis: 0, reasoning: 0, quality: 0 }
        return stages.referenceLogprobs(sequences)
      },
    })
    const rewards = traces.map(({ groups }) => new Set(groups.flatMap(({ rollouts }) => rollouts.map(({ reward }) => reward))))
    expect(rewards).toEqual([new Set([0.5]), new Set([1])])
  })
})

test('GRPO with a KL in its loss has the reference at hand, and starts from a KL of 0', async () => {
  const config = configOf('grpo', { optimizer: { ...configOf('grpo').optimizer, learningRate: 0.05, warmupSteps: 0 } })
  if (config.algorithm.name === 'grpo') config.algorithm.klCoef = 0.1
  const engine = await openEngine('fake', 'grpo')
  const traces = await takeSteps(engine, config, 3, isEven, {
    weigh: leavingOut(banditStages(config, engine, isEven), (i) => i === 0),
  })
  expect(traces[0]!.kl).toBeCloseTo(0, 6)
  expect(traces[0]!.updates[0]!.kl).toBeCloseTo(0, 6)
  expect(traces[2]!.kl).toBeGreaterThan(1e-4)
})
