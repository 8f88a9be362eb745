import { describe, expect, test } from 'vitest'
import { ALGORITHM_NAMES } from '#contract/algorithm-names'
import type { StepTrace } from '#trainer/recipes/stages'
import { configOf, configWith, openEngine, takeSteps } from '#test/support/bandit-run'

const rewardOf = ({ groups }: StepTrace): number => {
  const rewards = groups.flatMap(({ rollouts }) => rollouts.map(({ reward }) => reward!))
  return rewards.reduce((sum, reward) => sum + reward, 0) / rewards.length
}

const isEven = (tokens: readonly number[]): number => (tokens[0]! % 2 === 0 ? 1 : 0)

describe.each(ALGORITHM_NAMES)('%s', (algorithm) => {
  describe.each(['fake', 'onnx'] as const)('on the engine %s', (name) => {
    test('at the first update nothing has moved: KL 0, ratio 1, nothing clipped', async () => {
      const [trace] = await takeSteps(await openEngine(name, algorithm), configOf(algorithm), 1, isEven)
      const [first] = trace!.updates
      expect(trace!.kl).toBeCloseTo(0, 6)
      expect(first!.approxKl).toBeCloseTo(0, 6)
      expect(first!.ratio).toBeCloseTo(1, 5)
      expect([first!.clipRatioLow, first!.clipRatioHigh]).toEqual([0, 0])
      expect(first!.gradNorm).toBeGreaterThan(0)
    })

    test('the same seed gives the same step', async () => {
      const config = configOf(algorithm)
      const twice = [await openEngine(name, algorithm), await openEngine(name, algorithm)]
      const traces = await Promise.all(twice.map((engine) => takeSteps(engine, config, 2, isEven)))
      expect(traces[0]!.map(({ updates }) => updates)).toEqual(traces[1]!.map(({ updates }) => updates))
    })
  })

  test('learns a bandit: rewarded for one first token of 24 it says little else', async () => {
    const config = configOf(algorithm, {
      optimizer: { ...configOf(algorithm).optimizer, learningRate: 0.1, schedule: 'constant' },
    })
    const traces = await takeSteps(await openEngine('fake', algorithm), config, 80, (tokens) => (tokens[0] === 5 ? 1 : 0))
    const late = traces.slice(-10).map(rewardOf)
    expect(
      traces
        .slice(0, 3)
        .map(rewardOf)
        .every((reward) => reward < 0.3),
    ).toBe(true)
    expect(late.reduce((sum, reward) => sum + reward, 0) / late.length).toBeGreaterThan(0.9)
  })

  test('weights set to zero in all but one component leave that one in charge', async () => {
    const config = configOf(algorithm)
    const [trace] = await takeSteps(await openEngine('fake', algorithm), config, 1, () => 0.25)
    expect(trace!.groups.flatMap(({ rollouts }) => rollouts.map(({ reward }) => reward))).toEqual(Array(32).fill(0.25))
  })
})

test('GRPO: groups of equal rewards leave the policy as it was', async () => {
  const engine = await openEngine('fake', 'grpo')
  const sequence = [{ promptTokens: [1, 2], completionTokens: [5, 0] }]
  const before = await engine.logprobs(sequence, 'current', 1)
  const [trace] = await takeSteps(engine, configOf('grpo'), 1, () => 1)
  expect(trace!.equalGroupCount).toBe(2)
  expect(trace!.updates).toEqual([])
  expect(await engine.logprobs(sequence, 'current', 1)).toEqual(before)
})

test('PPO: the value head comes to know the reward', async () => {
  const optimizer = { ...configOf('ppo').optimizer, learningRate: 1e-6 }
  const config = configWith('ppo', { valueLearningRate: 0.05, centreReturns: false }, { optimizer })
  const engine = await openEngine('fake', 'ppo')
  await takeSteps(engine, config, 60, () => 0.75)
  const [values] = await engine.values([{ promptTokens: [1, 2], completionTokens: [5, 0] }])
  expect(values![0]).toBeCloseTo(0.75, 1)
})

test('an update that moves the policy too far ends the step’s updates', async () => {
  const config = configOf('grpo', { updateEpochs: 4, maxApproxKl: 1e-4 })
  config.optimizer.learningRate = 0.5
  const [trace] = await takeSteps(await openEngine('fake', 'grpo'), config, 1, isEven)
  expect(trace!.isEarlyStopped).toBe(true)
  expect(trace!.updates.length).toBeLessThan(8)
})
