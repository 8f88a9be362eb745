import { describe, expect, test } from 'vitest'
import { runConfigSchema, type RunConfig } from '#contract/run-config'
import { settingsOf } from '#contract/settings-catalogue'
import grpo from '../../../resources/presets/starter-grpo.json' with { type: 'json' }
import ppo from '../../../resources/presets/starter-ppo.json' with { type: 'json' }
import { valueAtPath, withValueAtPath } from '../../../src-renderer/pages/config-path.ts'
import {
  allFields,
  defaultsOf,
  fieldOf,
  problemOf,
  problemsOf,
  SECTIONS,
  SHOWN_ELSEWHERE,
} from '../../../src-renderer/pages/new-run/setting-fields.ts'

const aConfig = (): RunConfig => runConfigSchema.parse(grpo.config)
const aPpoConfig = (): RunConfig => runConfigSchema.parse(ppo.config)

const problem = (path: string, value: unknown): string => {
  const config = withValueAtPath(aConfig(), path, value)
  return problemOf(config, fieldOf(config, path))
}

/** With all that may be off switched on. */
function fullConfig(config: RunConfig): RunConfig {
  return SECTIONS.filter(({ optional }) => optional !== undefined).reduce(
    (changed, section) => withValueAtPath(changed, section.optional!.path, defaultsOf(config, section)),
    config,
  )
}

describe('the settings of a new run', () => {
  test.each([
    ['steps', 0, 'too small'],
    ['steps', 2.5, 'whole number'],
    ['steps', NaN, 'number is needed'],
    ['groupSize', 257, 'too large'],
    ['groupSize', 1, 'use 2 or more'],
    ['optimizer.learningRate', 0, 'above 0'],
    ['name', ' ', 'needed'],
  ])('%s = %s is refused with what to do', (path, value, words) => expect(problem(path, value)).toContain(words))

  test.each([
    ['steps', 40],
    ['seed', 0],
    ['optimizer.learningRate', 0.0003],
    ['evaluation.every', 0],
    ['budget.tokens', null],
    ['sampling.stopStrings', []],
  ])('%s = %s is fine', (path, value) => expect(problem(path, value)).toBe(''))

  test.each([aConfig(), aPpoConfig()])('of a preset are all fine: $preset', (config) => expect(problemsOf(config)).toEqual([]))

  test.each([aConfig(), aPpoConfig()])('of the catalogue are all on the form, once: $preset', (config) => {
    const shown = allFields(fullConfig(config)).map(({ path }) => path)
    const isElsewhere = (path: string): boolean =>
      SHOWN_ELSEWHERE.some((place) => path === place || (place.endsWith('.') && path.startsWith(place)))
    const expected = Object.keys(settingsOf(config.algorithm.name)).filter((path) => !isElsewhere(path))
    expect(shown.toSorted()).toEqual(expected.toSorted())
  })

  test('that are switched on begin as the catalogue says, and the workbench takes them', () => {
    expect(runConfigSchema.safeParse(fullConfig(aConfig())).error).toBeUndefined()
    expect(fullConfig(aConfig()).supervised).toEqual({ steps: 10, learningRate: 0.0002 })
  })

  test('say their range, default and source in a line', () => {
    const config = aConfig()
    expect(fieldOf(config, 'promptsPerStep').details).toBe('1 to 4\u202f096 · default 16')
    expect(fieldOf(config, 'sampling.topP').details).toBe('above 0 to 1 · default 1 · Holtzman et al. (2020)')
    expect(fieldOf(config, 'budget.tokens').details).toBe('at least 1 · default off')
  })
})

test('a value is replaced where its path leads, in a copy', () => {
  const config = { steps: 3, optimizer: { learningRate: 1, beta1: 0.9 } } as unknown as RunConfig
  const changed = withValueAtPath(config, 'optimizer.learningRate', 0.5)
  expect(valueAtPath(changed, 'optimizer.learningRate')).toBe(0.5)
  expect(valueAtPath(changed, 'optimizer.beta1')).toBe(0.9)
  expect(valueAtPath(config, 'optimizer.learningRate')).toBe(1)
  expect(valueAtPath(config, 'nowhere.at.all')).toBeUndefined()
})
