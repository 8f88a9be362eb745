import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { experimentPlanSchema } from '#contract/experiment'
import { presetSchema } from '#contract/preset'
import { REPOSITORY } from '#test/support/run-builders'
import {
  draftFieldOf,
  draftProblem,
  FIRST_DRAFT,
  isReady,
  planOf,
  stepsOf,
  type PlanDraft,
} from '../../../src-renderer/pages/experiments/plan-draft.ts'
import { armWords, budgetWords, runCount } from '../../../src-renderer/pages/experiments/plan-words.ts'

const presets = ['seed-grpo', 'starter-grpo', 'starter-ppo', 'starter-reinforce-plus-plus'].map((name) =>
  presetSchema.parse(JSON.parse(readFileSync(join(REPOSITORY, `resources/presets/${name}.json`), 'utf8'))),
)
const shipped = experimentPlanSchema.parse(
  JSON.parse(readFileSync(join(REPOSITORY, 'resources/experiments/starter.json'), 'utf8')),
)
const draft = (changes: Partial<PlanDraft>): PlanDraft => ({ ...FIRST_DRAFT, ...changes })

test('the first draft makes the two arms of the plan that ships, with its seeds, budget and reading of the test tasks', () => {
  const plan = planOf(FIRST_DRAFT, presets)
  expect(plan.arms).toEqual(shipped.arms.slice(0, 2).map((arm) => ({ ...arm, name: arm.preset })))
  expect([plan.budget, plan.evaluation]).toEqual([shipped.budget, shipped.evaluation])
  expect([plan.title, plan.name]).toEqual(['GRPO and PPO, 3 seeds', 'grpo-ppo'])
})

test.each<Partial<PlanDraft>>([
  {},
  { presets: presets.map(({ name }) => name) },
  { presets: ['starter-reinforce-plus-plus'], seedCount: 1, rollouts: 1 },
  { seedCount: 32 },
])('what the form lets pass is a plan to the workbench: %o', (changes) => {
  expect(isReady(draft(changes))).toBe(true)
  const plan = planOf(draft(changes), presets)
  expect(experimentPlanSchema.parse(plan)).toEqual(plan)
})

test('arms of one algorithm are told apart by their presets', () => {
  const { arms } = planOf(draft({ presets: ['seed-grpo', 'starter-grpo', 'starter-ppo'] }), presets)
  expect(arms.map(({ title }) => title)).toEqual(['Seed GRPO (VeriGenLLM-v2)', 'Starter GRPO', 'PPO'])
})

test('what cannot be is refused at its field, with what to do', () => {
  expect(draftProblem(draft({ presets: [] }), 'presets')).toContain('Choose at least one preset')
  expect(draftProblem(draft({ seedCount: 0 }), 'seedCount')).toBe('0 is too small; the least is 1.')
  expect(draftProblem(draft({ seedCount: 33 }), 'seedCount')).toBe('33 is too large; at most 32 seeds.')
  expect(draftProblem(draft({ rollouts: 1.5 }), 'rollouts')).toBe('1.5 is not a whole number; try 2.')
  expect(draftProblem(draft({ rollouts: NaN }), 'rollouts')).toBe('A number is needed here.')
  expect(isReady(draft({ rollouts: NaN }))).toBe(false)
})

test('what the workbench refuses stands at the field that it names', () => {
  expect(draftFieldOf('arms.1.seeds')).toBe('seedCount')
  expect(draftFieldOf('budget.rollouts')).toBe('rollouts')
  expect(draftFieldOf('dataset.id')).toBe('presets')
  expect(draftFieldOf('torch.device')).toBeNull()
  expect(draftFieldOf(null)).toBeNull()
})

test('an arm’s steps follow from the budget, rounded up: 10 240 completions are 80 steps of 128', () => {
  expect(stepsOf(10_240, presets[1]!)).toEqual({ steps: 80, perStep: 128 })
  expect(stepsOf(129, presets[1]!).steps).toBe(2)
})

test('a plan is said in words', () => {
  const [grpo, , supervised] = shipped.arms
  expect([armWords(grpo!, shipped), armWords(supervised!, shipped)]).toEqual(['3 seeds', '1 seed, for as long as GRPO'])
  expect(budgetWords(shipped.budget)).toBe('10\u202f240 completions a run')
  expect(budgetWords({ rollouts: null, tokens: 5000, seconds: 600 })).toBe('5\u202f000 tokens or 10 min a run')
  expect(budgetWords({ rollouts: null, tokens: null, seconds: null })).toBe('the steps of its preset')
  expect(runCount(shipped)).toBe(7)
})
