import { expect, test } from 'vitest'
import type { CloneOrigin } from '#contract/clone'
import { aConfig, aPpoConfig } from '#test/support/builders'
import {
  canGoOnWith,
  changedSettings,
  checkpointUpTo,
  firstSettings,
  frozenBecause,
  stepsProblem,
  withAlgorithmOf,
} from '../../../src-renderer/state/clone-settings.ts'

function origin(step: number, config = aConfig({ name: 'mother', steps: 60 })): CloneOrigin {
  return { run: 'run-1', step, checkpoints: [20, 40, 60], config }
}

test('the checkpoint is the last one up to the step that is shown, else the first', () => {
  expect(checkpointUpTo([20, 40, 60], 59)).toBe(40)
  expect(checkpointUpTo([20, 40, 60], 60)).toBe(60)
  expect(checkpointUpTo([20, 40, 60], null)).toBe(60)
  expect(checkpointUpTo([20, 40], 3)).toBe(20)
  expect(() => checkpointUpTo([], null)).toThrow(RangeError)
})

test('a clone has a name of its own and steps left to take', () => {
  expect(firstSettings(origin(40))).toMatchObject({ name: 'mother from step 40', steps: 60 })
  expect(firstSettings(origin(60)).steps).toBe(120)
  expect(stepsProblem(aConfig({ steps: 40 }), origin(40))).toContain('more steps')
  expect(stepsProblem(aConfig({ steps: 41 }), origin(40))).toBe('')
})

test('what is asked of the workbench is only what differs, whole', () => {
  const before = aConfig()
  const after = { ...before, steps: 99, optimizer: { ...before.optimizer, learningRate: 0.5 } }
  expect(changedSettings(before, after)).toEqual({ steps: 99, optimizer: after.optimizer })
  expect(changedSettings(before, structuredClone(before))).toEqual({})
})

test('what lies in the checkpoint is frozen and says so; all else is not', () => {
  for (const path of ['model', 'engine', 'lora', 'lora.rank'])
    expect(frozenBecause(path, origin(40))).toContain('step 40 of run-1')
  for (const path of ['steps', 'lora.alpha', 'optimizer.learningRate']) expect(frozenBecause(path, origin(40))).toBe('')
})

test('a critic has to be in the checkpoint for PPO; another algorithm brings its own settings', () => {
  expect(canGoOnWith('ppo', origin(40))).toBe(false)
  expect(canGoOnWith('ppo', origin(40, aPpoConfig()))).toBe(true)
  expect(canGoOnWith('rloo', origin(40))).toBe(true)
  const preset = { name: 'p', title: 'P', description: '', notes: [], config: aConfig() }
  const changed = withAlgorithmOf('grpo', aPpoConfig(), origin(40, aPpoConfig()), [preset])
  expect(changed).toEqual({ ...aPpoConfig(), algorithm: aConfig().algorithm })
  expect(withAlgorithmOf('ppo', changed, origin(40, aPpoConfig()), [preset])).toEqual(aPpoConfig())
})
