import { expect, test } from 'vitest'
import type { ExperimentPlan, ExperimentRun, ExperimentState } from '#contract/experiment'
import { doneOf, progressWords, standingOf } from '../../../src-renderer/pages/experiments/phase.ts'
import { secondsLeft } from '../../../src-renderer/pages/experiments/time-left.ts'

const arm = (name: string, seeds: number[], asLongAs: string | null = null): ExperimentPlan['arms'][number] => ({
  name,
  title: name.toUpperCase(),
  preset: 'starter-grpo',
  seeds,
  overrides: {},
  asLongAs,
})
const plan: ExperimentPlan = {
  schemaVersion: 1,
  name: 'x',
  title: 'X',
  description: '',
  arms: [arm('grpo', [1, 2]), arm('ppo', [1]), arm('sft', [1], 'grpo')],
  budget: { rollouts: 100, tokens: null, seconds: null },
  evaluation: { taskCount: 1, samples: 1, draws: 0, seed: 1 },
}
const run = (arm: string, seed: number, status: ExperimentRun['status'], step = 0, seconds = 0, steps = 10): ExperimentRun => ({
  arm,
  seed,
  run: `${arm}-${seed}`,
  status,
  step,
  steps,
  seconds,
})
const state = (runs: readonly ExperimentRun[], changes: Partial<ExperimentState> = {}): ExperimentState => ({
  id: 'x',
  plan,
  startedAt: null,
  phase: 'training',
  isDriven: true,
  problem: null,
  runs,
  tested: { done: 0, total: 9, seconds: 0 },
  report: null,
  folder: '/x',
  ...changes,
})
const begun = [
  run('grpo', 1, 'finished', 10, 20),
  run('ppo', 1, 'running', 5, 15),
  run('grpo', 2, 'queued'),
  run('sft', 1, 'waiting', 0, 0, 0),
]

test('the time left is that of the steps left at each arm’s own pace, and a following arm takes as long as the one it follows', () => {
  // PPO: 5 steps of 3 s; GRPO's second seed: 10 of 2 s; supervised: the mean of 20 s and 20 s.
  expect(secondsLeft(state(begun))).toBe(15 + 20 + 20)
})

test('an arm that has not begun is taken to be as quick as the others', () => {
  const runs = [run('grpo', 1, 'finished', 10, 20), run('ppo', 1, 'queued'), run('grpo', 2, 'finished', 10, 20)]
  expect(secondsLeft(state([...runs, run('sft', 1, 'finished', 100, 20, 5000)]))).toBe(20)
})

test('a following arm that is under way is asked for its time, not for its steps', () => {
  const runs = [run('grpo', 1, 'finished', 10, 20), run('ppo', 1, 'finished', 10, 30), run('grpo', 2, 'finished', 10, 40)]
  expect(secondsLeft(state([...runs, run('sft', 1, 'running', 100, 12, 5000)]))).toBe(30 - 12)
})

test('nothing is said before there are two steps, of budgets of tokens, or when nobody works on it', () => {
  expect(secondsLeft(state([run('grpo', 1, 'running', 1, 9), run('ppo', 1, 'queued')]))).toBeNull()
  expect(secondsLeft(state(begun, { plan: { ...plan, budget: { ...plan.budget, tokens: 5 } } }))).toBeNull()
  expect(secondsLeft(state(begun, { isDriven: false }))).toBeNull()
  expect(secondsLeft(state(begun, { phase: 'finished' }))).toBeNull()
})

test('while the test tasks are read, the evaluations that are done tell', () => {
  expect(secondsLeft(state(begun, { phase: 'testing', tested: { done: 3, total: 9, seconds: 30 } }))).toBe(60)
  expect(secondsLeft(state(begun, { phase: 'testing' }))).toBeNull()
})

test('an unfinished experiment that nobody here works on is told from one that needs a person', () => {
  expect(standingOf({ phase: 'training', isDriven: true })).toBe('training')
  expect(standingOf({ phase: 'training', isDriven: false })).toBe('left')
  expect(standingOf({ phase: 'interrupted', isDriven: false })).toBe('interrupted')
  expect(standingOf({ phase: 'finished', isDriven: false })).toBe('finished')
})

test('progress counts runs, each as one, and then evaluations', () => {
  expect([progressWords(state(begun)), doneOf(state(begun))]).toEqual(['1 of 4 runs finished', { value: 1.5, max: 4 }])
  const trained = begun.map((one) => ({ ...one, status: 'finished' as const }))
  const testing = state(trained, { phase: 'testing', tested: { done: 2, total: 9, seconds: 1 } })
  expect([progressWords(testing), doneOf(testing)]).toEqual(['2 of 9 evaluations of the test tasks', { value: 2, max: 9 }])
})
