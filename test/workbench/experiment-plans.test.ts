import { expect, test } from 'vitest'
import type { ExperimentPlan } from '#contract/experiment'
import { Failure } from '#contract/failure'
import { answerCall } from '#workbench/answer-call'
import { readPlans, wholePlan } from '#workbench/experiment-plans'
import { checkoutLocations } from '#workbench/locations'
import { readPresets } from '#workbench/presets'
import { REPOSITORY } from '#test/support/run-builders'
import { openWorkbench } from '#test/support/open-workbench'
import { temporaryFolder } from '#test/support/temporary-folder'

const { resourcesPath } = checkoutLocations(REPOSITORY)
const [starter] = readPlans(resourcesPath)

test('the plans that ship are whole, and their arms are presets that ship', () => {
  const presets = readPresets(resourcesPath).map(({ name }) => name)
  expect(starter!.name).toBe('starter')
  for (const { arms } of readPlans(resourcesPath)) for (const { preset } of arms) expect(presets).toContain(preset)
})

test('a plan is found by its name, and one that is given is taken as it is', () => {
  expect(wholePlan('starter', resourcesPath)).toEqual(starter)
  expect(wholePlan(starter!, resourcesPath)).toEqual(starter)
  expect(() => wholePlan('nothing', resourcesPath)).toThrow('There is no plan of an experiment called "nothing".')
})

test.each<[string, (plan: ExperimentPlan) => unknown]>([
  ['budget.rollouts', (plan) => ({ ...plan, budget: { ...plan.budget, rollouts: 0 } })],
  ['arms.1.seeds', ({ arms, ...plan }) => ({ ...plan, arms: [arms[0], { ...arms[1], seeds: [7, 7] }] })],
  ['arms.1.asLongAs', ({ arms, ...plan }) => ({ ...plan, arms: [arms[0], { ...arms[1], asLongAs: 'nobody' }] })],
  ['title', (plan) => ({ ...plan, title: '' })],
])('what is wrong with a given plan is said of the field: %s', (field, spoil) => {
  const given = (): ExperimentPlan => wholePlan(spoil(starter!) as ExperimentPlan, resourcesPath)
  expect(given).toThrow(Failure)
  expect(given).toThrow(field)
})

test('a page is told the field of a plan that is refused, and nothing is made', async () => {
  const { workbench, api } = await openWorkbench(temporaryFolder())
  const answer = await answerCall(workbench, 'experiments.start', [{ ...starter!, arms: [] }])
  expect(answer).toMatchObject({ error: { code: 'config.invalid', field: 'arms' } })
  expect(await api['experiments.list']()).toEqual([])
})
