import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Failure } from '#contract/failure'
import { configOf, readPresets } from '#workbench/presets'
import { REPOSITORY } from '#test/support/run-builders'
import { temporaryFolder } from '#test/support/temporary-folder'

const RESOURCES = join(REPOSITORY, 'resources')
const PLACES = { resourcesPath: RESOURCES, home: join(RESOURCES, 'nowhere') }
const presets = readPresets(RESOURCES)

const configWith = (overrides: Record<string, unknown>, preset = 'starter-grpo'): unknown =>
  configOf({ preset, overrides }, presets, PLACES)

function failureOf(run: () => unknown): Failure {
  try {
    run()
  } catch (error) {
    return error as Failure
  }
  throw new Error('it was accepted')
}

describe('presets', () => {
  test('are valid configs that carry their own names, the starter’s first', () => {
    expect(presets.map(({ name }) => name)).toEqual([
      'starter-grpo',
      'starter-ppo',
      'starter-reinforce-plus-plus',
      'starter-rloo',
      '7b-grpo',
      '7b-ppo',
      'seed-grpo',
      'seed-grpo-7b',
      'seed-ppo',
      'seed-ppo-7b',
    ])
    for (const { name, config } of presets) {
      expect(config.preset).toBe(name)
      // Its model is not on this computer; nothing else is wrong with it.
      const here = name.includes('7b') ? { ...config, model: 'starter' } : config
      expect(configOf(here, presets, PLACES)).toEqual(here)
    }
  })

  test('all starters take the same number of completions a step', () => {
    const starters = presets.filter(({ name }) => name.startsWith('starter'))
    expect(new Set(starters.map(({ config }) => config.promptsPerStep * config.groupSize))).toEqual(new Set([128]))
  })

  test('of a 7B model ask for it by its name, and say how to get it', () => {
    const large = presets.filter(({ name }) => name.includes('7b'))
    expect(large).toHaveLength(4)
    for (const { config } of large) {
      const failure = failureOf(() => configOf(config, presets, PLACES))
      expect(failure.code).toBe('model.not-downloaded')
      expect(failure.remedy).toContain(`veritune model download ${config.model}`)
      expect(config).toMatchObject({
        engine: 'torch',
        torch: { precision: 'bfloat16' },
        lora: { rank: 16, alpha: 32, dropout: 0 },
      })
    }
  })

  test('a model that was downloaded is found by its name', () => {
    const home = temporaryFolder()
    const folder = join(home, 'models/owner--name')
    mkdirSync(folder, { recursive: true })
    for (const file of ['config.json', 'tokenizer.json', 'model.safetensors']) writeFileSync(join(folder, file), '')
    const request = { preset: 'starter-grpo', overrides: { model: 'owner/name' } }
    expect(configOf(request, presets, { resourcesPath: RESOURCES, home }).model).toBe(folder)
  })

  test('the 7B arms of a comparison take the same number of completions a step', () => {
    const arms = presets.filter(({ name }) => name.startsWith('7b-'))
    expect(new Set(arms.map(({ config }) => config.promptsPerStep * config.groupSize))).toEqual(new Set([128]))
  })

  test('the seed’s keep its published numbers and name what differs', () => {
    for (const { config, notes } of presets.filter(({ name }) => name.startsWith('seed'))) {
      expect(config.lora).toEqual({ rank: 16, alpha: 32, dropout: 0 })
      expect(notes.join(' ')).toContain('dropout is 0, not 0.1')
      expect(config.algorithm).toMatchObject({ clipEpsilonLow: 0.2, clipEpsilonHigh: 0.2, entropyCoef: 0.01 })
      expect(config.optimizer.maxGradNorm).toBe(0.5)
      expect(config.reward.weights).toEqual({ compilation: 0.4, functional: 0.5, synthesis: 0.3, reasoning: 0.6, quality: 0.5 })
      expect(config.reward.normalise).toBe('none')
    }
  })
})

describe('a request with a mistake gets one sentence with the field and the remedy', () => {
  test.each([
    [{ 'optimizer.learningRate': -1 }, 'optimizer.learningRate', 'optimizer.learningRate must be above 0.'],
    [{ groupSize: 1000 }, 'groupSize', 'groupSize must be at most 256.'],
    [{ groupSize: 1 }, 'groupSize', 'groupSize must be at least 2 for GRPO'],
    [{ minibatchSize: 4 }, 'minibatchSize', 'less than the group size of 8'],
    [{ microbatchSize: 64 }, 'microbatchSize', 'more than the minibatch of 32'],
    [{ 'optimizer.lr': 1 }, 'optimizer.lr', 'optimizer.lr is no setting.'],
    [{ '__proto__.polluted': 1 }, '__proto__.polluted', 'is no setting'],
    [{ 'lora.dropout': 0.95 }, 'lora.dropout', 'lora.dropout must be at most 0.9'],
    [{ 'sampling.temperature': 'hot' }, 'sampling.temperature', 'sampling.temperature is not valid'],
    [{ 'reward.weights.quality': -1 }, 'reward.weights.quality', 'must be at least 0'],
  ])('%j', (overrides, field, sentence) => {
    const failure = failureOf(() => configWith(overrides))
    expect(failure.facts.field).toBe(field)
    expect(failure.sentence).toContain(sentence)
    expect(failure.remedy).not.toBe('')
    expect(failure.exitCode).toBe(2)
  })

  test.each([
    [
      { 'algorithm.overlongBufferTokens': 201 },
      'starter-grpo',
      'algorithm.overlongBufferTokens',
      'more than the token limit of 200',
    ],
    [{ 'algorithm.targetKl': 0.01 }, 'starter-ppo', 'algorithm.klCoef', 'can only steer a coefficient above 0'],
    [{ groupSize: 1 }, 'starter-rloo', 'groupSize', 'at least 2 for RLOO'],
    [{ 'algorithm.klEstimator': 'k4' }, 'starter-grpo', 'algorithm.klEstimator', 'is not valid'],
    [{ 'algorithm.gamma': 0.9 }, 'starter-grpo', 'algorithm.gamma', 'is no setting'],
  ])('settings of an algorithm that make no sense together: %j', (overrides, preset, field, sentence) => {
    const failure = failureOf(() => configWith(overrides, preset))
    expect(failure.facts.field).toBe(field)
    expect(failure.sentence).toContain(sentence)
  })

  test('a single completion of a prompt is enough where nothing is compared', () => {
    expect(configWith({ groupSize: 1 }, 'starter-reinforce-plus-plus')).toMatchObject({ groupSize: 1 })
  })

  test('an unknown preset names those that there are', () => {
    expect(failureOf(() => configWith({}, 'starter-grop')).sentence).toContain('Use one of: starter-grpo, starter-ppo')
  })

  test('a whole config that lacks a field, or has one too many', () => {
    const { steps: _, ...without } = presets[0]!.config
    expect(failureOf(() => configOf(without as never, presets, PLACES)).sentence).toContain('steps is missing.')
    const more = { ...presets[0]!.config, epochs: 3 }
    expect(failureOf(() => configOf(more, presets, PLACES)).sentence).toContain('epochs is no setting.')
  })

  test('a model folder without a file names both', () => {
    const folder = temporaryFolder()
    expect(failureOf(() => configWith({ model: folder })).sentence).toContain(`${folder} has no config.json`)
  })
})
