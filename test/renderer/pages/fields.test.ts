import { describe, expect, test } from 'vitest'
import { runConfigSchema, type RunConfig } from '#contract/run-config'
import preset from '../../../resources/presets/starter-grpo.json' with { type: 'json' }
import {
  ADVANCED_FIELDS,
  problemOf,
  SIZE_FIELDS,
  valueAtPath,
  withValueAtPath,
} from '../../../src-renderer/pages/new-run/fields.ts'

const field = (path: string) => [...SIZE_FIELDS, ...ADVANCED_FIELDS].find((one) => one.path === path)!

describe('the numbers of a new run', () => {
  test.each([
    ['steps', 0, 'too small'],
    ['steps', 2.5, 'whole number'],
    ['steps', NaN, 'number is needed'],
    ['groupSize', 257, 'too large'],
    ['optimizer.learningRate', 0, 'above 0'],
  ])('%s = %s is refused with what to do', (path, value, words) => expect(problemOf(field(path), value)).toContain(words))

  test.each([
    ['steps', 40],
    ['seed', 0],
    ['optimizer.learningRate', 0.0003],
    ['evaluation.every', 0],
  ])('%s = %s is fine', (path, value) => expect(problemOf(field(path), value)).toBe(''))
})

describe('the ranges of the form are those of the config', () => {
  const fields = [...SIZE_FIELDS, ...ADVANCED_FIELDS]
  const isTaken = (path: string, value: number): boolean =>
    runConfigSchema.safeParse(withValueAtPath(preset.config as RunConfig, path, value)).success

  test.each(fields)('$path', (one) => {
    // A learning rate has no least value: it must be above 0.
    const isOpen = one.path === 'optimizer.learningRate'
    expect(isTaken(one.path, one.min)).toBe(!isOpen)
    expect(isTaken(one.path, one.max)).toBe(true)
    expect(isTaken(one.path, one.min - 0.001)).toBe(false)
    expect(isTaken(one.path, one.min + 0.5)).toBe(!one.isWhole)
    if (/ to [\d ]+\./.test(one.meaning) && one.label !== 'Group size') expect(isTaken(one.path, one.max + 1)).toBe(false)
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
