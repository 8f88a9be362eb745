import { expect, test } from 'vitest'
import { learningRateAt } from '#trainer/5-updates/schedule'
import { aConfig } from '#test/support/run-builders'

const { optimizer } = aConfig()
const linear = { ...optimizer, schedule: 'linear', finalLearningRateShare: 0.1, warmupSteps: 0 } as const

test('a linear schedule starts at the base and ends at its share of it', () => {
  expect(learningRateAt(linear, 1, 1, 11)).toBe(1)
  expect(learningRateAt(linear, 1, 6, 11)).toBeCloseTo(0.55, 12)
  expect(learningRateAt(linear, 1, 11, 11)).toBeCloseTo(0.1, 12)
})

test('warm-up rises to the base, of which a constant schedule never leaves', () => {
  const constant = { ...optimizer, schedule: 'constant', warmupSteps: 4 } as const
  expect([1, 2, 4, 5, 100].map((step) => learningRateAt(constant, 1, step, 100))).toEqual([0.25, 0.5, 1, 1, 1])
})

test('a run of one step has the whole rate', () => {
  expect(learningRateAt(linear, 0.5, 1, 1)).toBe(0.5)
})
