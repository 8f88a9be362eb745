import { expect, test } from 'vitest'
import { presetSchema } from '#contract/preset'
import seedGrpo from '../../../resources/presets/seed-grpo.json' with { type: 'json' }
import grpo from '../../../resources/presets/starter-grpo.json' with { type: 'json' }
import ppo from '../../../resources/presets/starter-ppo.json' with { type: 'json' }
import rloo from '../../../resources/presets/starter-rloo.json' with { type: 'json' }
import { armsOfForm, handOver, siblingOf, takeHanded } from '../../../src-renderer/state/form-arms.ts'

const presets = [seedGrpo, grpo, ppo, rloo].map((preset) => presetSchema.parse(preset))
const [seed, starterGrpo, starterPpo, starterRloo] = presets as [
  (typeof presets)[0],
  (typeof presets)[0],
  (typeof presets)[0],
  (typeof presets)[0],
]
const { config } = starterGrpo

test('a sibling is made alike, else the first of its algorithm, else there is none', () => {
  expect(siblingOf(starterPpo, 'grpo', presets)).toBe(starterGrpo)
  expect(siblingOf(seed, 'ppo', presets)).toBe(starterPpo)
  expect(siblingOf(seed, 'reinforce_plus_plus', presets)).toBeNull()
})

test('a form as its preset has it makes both arms as their presets have them, with the completions of its steps', () => {
  expect(armsOfForm(starterGrpo, config, presets)).toEqual({
    presets: ['starter-grpo', 'starter-ppo'],
    rollouts: config.steps * config.promptsPerStep * config.groupSize,
    overrides: { 'starter-grpo': {}, 'starter-ppo': {} },
  })
})

test('what was changed is changed in both; what belongs to one algorithm stays with it, what belongs to one run with none', () => {
  const changed = {
    ...config,
    name: 'mine',
    seed: 7,
    steps: 10,
    model: '/models/mine',
    lora: null,
    algorithm: { ...config.algorithm, klCoef: 0.1 },
    sampling: { ...config.sampling, maxCompletionTokens: 48 },
  }
  const { rollouts, overrides } = armsOfForm(starterGrpo, changed, presets)
  const both = { model: '/models/mine', lora: null, 'sampling.maxCompletionTokens': 48 }
  expect(rollouts).toBe(10 * 128)
  expect(overrides).toEqual({ 'starter-grpo': { ...both, 'algorithm.klCoef': 0.1 }, 'starter-ppo': both })
})

test('arms are trained on one model and one set of tasks, whatever their presets say', () => {
  const elsewhere = { ...starterPpo, config: { ...starterPpo.config, model: '/models/other', judge: 'both' as const } }
  const { overrides } = armsOfForm(starterGrpo, { ...config, engine: 'fake' }, [starterGrpo, elsewhere])
  expect(overrides).toEqual({
    'starter-grpo': { engine: 'fake' },
    'starter-ppo': { engine: 'fake', model: 'starter', judge: 'netlist' },
  })
})

test('a baseline stands as a third arm beside the two', () => {
  expect(armsOfForm(starterRloo, starterRloo.config, presets).presets).toEqual(['starter-grpo', 'starter-ppo', 'starter-rloo'])
})

test('what was handed over is taken once', () => {
  const arms = armsOfForm(starterGrpo, config, presets)
  handOver(arms)
  expect([takeHanded(), takeHanded()]).toEqual([arms, null])
})
