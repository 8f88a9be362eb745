import { describe, expect, test } from 'vitest'
import { ALGORITHM_NAMES } from '#contract/algorithm-names'
import { METRICS } from '#contract/metrics'
import { stepMetrics } from '#trainer/6-metrics/step-metrics'
import { configOf, configWith, openEngine, takeSteps } from '#test/support/bandit-run'

const supervised = { steps: 20, learningRate: 0.2 }
const isFive = (tokens: readonly number[]): number => (tokens[0] === 5 ? 1 : 0)

describe.each(ALGORITHM_NAMES)('supervised steps before %s', (name) => {
  test('learn the references, and what follows begins where they end', async () => {
    const config = configOf(name, { supervised })
    const traces = await takeSteps(await openEngine('fake', name), config, 21, isFive)
    const losses = traces.slice(0, 20).map(({ updates }) => updates[0]!.loss)
    expect(losses.at(-1)!).toBeLessThan(0.3 * losses[0]!)
    const first = traces[20]!
    const rewards = first.groups.flatMap(({ rollouts }) => rollouts.map(({ reward }) => reward!))
    expect(rewards.filter((reward) => reward === 1).length / rewards.length).toBeGreaterThan(0.7)
    expect(first.isSupervised).toBeUndefined()
  })

  test('do not use up the warm-up of the learning rate', async () => {
    const optimizer = { ...configOf(name).optimizer, learningRate: 0.1, warmupSteps: 2, schedule: 'constant' as const }
    const config = configOf(name, { supervised: { steps: 2, learningRate: 0.02 }, optimizer })
    const traces = await takeSteps(await openEngine('fake', name), config, 4, isFive)
    expect(traces.map(({ learningRate }) => learningRate)).toEqual([0.02, 0.02, 0.05, 0.1])
  })

  test('have a loss and no rates, and carry on what the algorithm carries', async () => {
    const [trace] = await takeSteps(await openEngine('fake', name), configOf(name, { supervised }), 1, isFive)
    const metrics = stepMetrics(trace!)
    expect(Object.keys(metrics).toSorted()).toEqual([
      'train/entropy',
      'train/grad_norm',
      'train/learning_rate',
      'train/supervised_loss',
      'train/supervised_tokens',
    ])
    expect(Object.keys(metrics).filter((key) => !(key in METRICS))).toEqual([])
    expect(trace!.state).toEqual({ klCoef: configOf(name).algorithm.klCoef })
  })
})

test('the critic of PPO warms up after them', async () => {
  const config = configWith('ppo', { criticWarmupSteps: 1 }, { supervised: { steps: 1, learningRate: 0.02 } })
  const traces = await takeSteps(await openEngine('fake', 'ppo'), config, 3, isFive)
  expect(traces.map(({ learningRate }) => learningRate > 0)).toEqual([true, false, true])
})
