import { expect, test } from 'vitest'
import { experimentPlanSchema } from '#contract/experiment'
import { presetSchema } from '#contract/preset'
import starter from '../../../resources/experiments/starter.json' with { type: 'json' }
import seedGrpo from '../../../resources/presets/seed-grpo.json' with { type: 'json' }
import grpo from '../../../resources/presets/starter-grpo.json' with { type: 'json' }
import ppo from '../../../resources/presets/starter-ppo.json' with { type: 'json' }
import reinforce from '../../../resources/presets/starter-reinforce-plus-plus.json' with { type: 'json' }
import {
  changesWords,
  draftFieldOf,
  draftProblem,
  FIRST_DRAFT,
  isReady,
  planOf,
  stepsOf,
  type PlanDraft,
} from '../../../src-renderer/pages/experiments/plan-draft.ts'
import { armWords, budgetWords, runCount } from '../../../src-renderer/pages/experiments/plan-words.ts'

const presets = [seedGrpo, grpo, ppo, reinforce].map((preset) => presetSchema.parse(preset))
const shipped = experimentPlanSchema.parse(starter)
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

test('what a form handed over is in the arm of its preset alone, and said in words', () => {
  const overrides = {
    'starter-grpo': { groupSize: 4, lora: null, 'algorithm.scaleAdvantages': 'none' },
    'starter-ppo': { engine: 'fake' },
  }
  const handed = draft({ overrides })
  expect(planOf(handed, presets).arms.map((arm) => arm.overrides)).toEqual([overrides['starter-grpo'], overrides['starter-ppo']])
  expect(changesWords(handed, 'starter-grpo')).toBe('Group size 4, Lora off, Scale advantages none')
  const weighed = draft({ overrides: { 'starter-ppo': { 'reward.weights.quality': 0.4, proof: true } } })
  expect(changesWords(weighed, 'starter-ppo')).toBe('Quality weight 0.4, Proof on')
  expect([changesWords(handed, 'seed-grpo'), changesWords(FIRST_DRAFT, 'starter-grpo')]).toEqual(['', ''])
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
  expect(stepsOf(draft({}), presets[1]!)).toEqual({ steps: 80, perStep: 128 })
  expect(stepsOf(draft({ rollouts: 129 }), presets[1]!).steps).toBe(2)
  const overrides = { 'starter-grpo': { groupSize: 4 }, 'starter-ppo': {} }
  expect(stepsOf(draft({ overrides }), presets[1]!)).toEqual({ steps: 160, perStep: 64 })
})

test('a plan is said in words', () => {
  const [first, , supervised] = shipped.arms
  expect([armWords(first!, shipped), armWords(supervised!, shipped)]).toEqual(['3 seeds', '1 seed, for as long as GRPO'])
  expect(budgetWords(shipped.budget)).toBe('10\u202f240 completions a run')
  expect(budgetWords({ rollouts: null, tokens: 5000, seconds: 600 })).toBe('5\u202f000 tokens or 10 min a run')
  expect(budgetWords({ rollouts: null, tokens: null, seconds: null })).toBe('the steps of its preset')
  expect(runCount(shipped)).toBe(7)
})
