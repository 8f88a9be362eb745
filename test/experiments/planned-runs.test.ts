import { describe, expect, test } from 'vitest'
import { experimentPlanSchema, type ExperimentPlan } from '#contract/experiment'
import { plannedConfig, plannedRuns, refuseUnequalArms } from '#experiments/planned-runs'
import { aConfig, aPpoConfig } from '#test/support/run-builders'

const NO_BOUND = { rollouts: null, tokens: null, seconds: null }

function aPlan(changes: Partial<Record<keyof ExperimentPlan, unknown>> = {}): unknown {
  return {
    schemaVersion: 1,
    name: 'two',
    title: 'Two',
    description: '',
    arms: [
      { name: 'a', title: 'A', preset: 'starter-grpo', seeds: [1, 2, 3] },
      { name: 'b', title: 'B', preset: 'starter-ppo', seeds: [1, 2] },
      { name: 'late', title: 'Late', preset: 'starter-grpo', seeds: [1], asLongAs: 'a' },
    ],
    budget: { ...NO_BOUND, rollouts: 1000 },
    evaluation: { taskCount: 10, samples: 2, draws: 2, seed: 1 },
    ...changes,
  }
}
const plan = experimentPlanSchema.parse(aPlan())

describe('the runs of an experiment', () => {
  test('train seed by seed, and after all of them the arms that take as long as another', () => {
    const order = plannedRuns('x', plan).map(({ arm, seed }) => `${arm.name}${seed}`)
    expect(order).toEqual(['a1', 'b1', 'a2', 'b2', 'a3', 'late1'])
  })

  test('have ids that sort in this order within their kind and are the same whoever makes them', () => {
    const ids = plannedRuns('x', plan).map(({ id }) => id)
    expect(plannedRuns('x', plan).map(({ id }) => id)).toEqual(ids)
    expect(ids.slice(0, -1)).toEqual(ids.slice(0, -1).toSorted())
    expect(new Set(ids).size).toBe(ids.length)
  })

  test('have as many steps as the budget of completions takes, whatever a step is', () => {
    const [a, b] = plannedRuns('x', plan)
    const grpo = plannedConfig(aConfig({ promptsPerStep: 16, groupSize: 8 }), plan, a!, null)
    const ppo = plannedConfig({ ...aPpoConfig(), promptsPerStep: 10, groupSize: 4 }, plan, b!, null)
    expect([grpo.steps, ppo.steps]).toEqual([8, 25])
    expect([grpo.seed, grpo.budget.rollouts]).toEqual([1, 1000])
  })

  test('of an arm that takes as long as another are bound by that time alone', () => {
    const late = plannedRuns('x', plan).at(-1)!
    const config = plannedConfig(aConfig({ steps: 400 }), plan, late, 12.5)
    expect(config.budget).toEqual({ rollouts: null, tokens: null, seconds: 12.5 })
    expect(config.steps).toBe(400)
  })

  test('begin with one model and are judged on the same tasks', () => {
    expect(() => refuseUnequalArms([aConfig(), aConfig()])).not.toThrow()
    expect(() => refuseUnequalArms([aConfig(), aConfig({ model: '/elsewhere' })])).toThrow('model is starter in one arm')
    expect(() => refuseUnequalArms([aConfig(), aConfig({ judge: 'testbench' })])).toThrow('judge is netlist in one arm')
  })
})

describe('a plan is refused', () => {
  const arm = { name: 'a', title: 'A', preset: 'starter-grpo', seeds: [1] }
  test.each([
    ['when two arms have one name', [arm, arm], 'two arms are called "a"'],
    ['when a seed comes twice', [{ ...arm, seeds: [1, 1] }], 'a seed comes twice'],
    ['when an arm waits for one that is not there', [{ ...arm, asLongAs: 'b' }], 'is no arm with a budget of its own'],
    ['when an arm waits for itself', [{ ...arm, asLongAs: 'a' }], 'is no arm with a budget of its own'],
  ])('%s', (_, arms, sentence) => {
    const parsed = experimentPlanSchema.safeParse(aPlan({ arms }))
    expect(parsed.error?.issues[0]?.message).toContain(sentence)
  })
})
