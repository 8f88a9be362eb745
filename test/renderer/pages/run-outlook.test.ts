import { expect, test } from 'vitest'
import type { MemoryReport } from '#contract/model-inspection'
import type { StepTime } from '#contract/step-time'
import { memorySum, timeSource, timeSum } from '../../../src-renderer/pages/new-run/outlook-words.ts'

const MEMORY = { totalBytes: 2.4e9, availableBytes: 8e9, fits: true } as MemoryReport
const TIME: StepTime = {
  run: { id: 'one', name: 'One' },
  stepCount: 20,
  measuredSeconds: 6,
  completions: 128,
  seconds: 3,
  differing: [],
}

test('memory stands beside what there is, and says so where it is more', () => {
  expect(memorySum({ ...MEMORY, card: 'NVIDIA H200' })).toBe('2.40 GB of 8.00 GB that are free on NVIDIA H200')
  expect(memorySum({ ...MEMORY, card: 'NVIDIA GB10', availableBytes: null })).toBe(
    '2.40 GB; how much is free on NVIDIA GB10 is not told',
  )
  expect(memorySum(MEMORY)).toBe('2.40 GB of 8.00 GB that this computer can give now')
  expect(memorySum({ ...MEMORY, availableBytes: 2e9, fits: false })).toBe(
    '2.40 GB, more than the 2.00 GB that this computer can give now',
  )
})

test('time is said for a step and for all', () => {
  expect(timeSum(TIME, { steps: 60 })).toBe('About 3 s a step, 3 min for 60 steps without evaluations')
})

test('the source has what was measured, over how many steps, and what was otherwise', () => {
  expect(timeSource(TIME)).toBe('took 6 s for 128 completions, the median of 20 steps.')
  expect(timeSource({ ...TIME, differing: ['algorithm.name', 'dataset.id'] })).toBe(
    'took 6 s for 128 completions, the median of 20 steps. It differs in Algorithm, Tasks.',
  )
})
