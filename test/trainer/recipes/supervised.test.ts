import { describe, expect, test } from 'vitest'
import { ALGORITHM_NAMES } from '#contract/algorithm-names'
import { METRICS } from '#contract/metrics'
import { stepMetrics } from '#trainer/6-metrics/step-metrics'
import { configOf, openEngine, takeSteps } from '#test/support/bandit-run'

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

  test('have a loss and no rates, and carry on what the algorithm carries', async () => {
    const [trace] = await takeSteps(await openEngine('fake', name), configOf(name, { supervised }), 1, isFive)
    const metrics = stepMetrics(trace!)
    expect(Object.keys(metrics).toSorted()).toEqual([
      'train/entropy',
      'train/grad_norm',
      'train/learning_rate',
      'train/supervised_loss',
    ])
    expect(Object.keys(metrics).filter((key) => !(key in METRICS))).toEqual([])
    expect(trace!.state).toEqual({ klCoef: configOf(name).algorithm.klCoef })
  })
})
