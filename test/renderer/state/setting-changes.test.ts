import { expect, test } from 'vitest'
import { aConfig } from '#test/support/builders'
import { changesOf, readLike, withChanges } from '../../../src-renderer/state/setting-changes.ts'

const before = aConfig()

test('what was changed is what is kept, and gives the same settings again', () => {
  const after = {
    ...before,
    name: 'mine',
    lora: null,
    optimizer: { ...before.optimizer, learningRate: 3e-5 },
    reward: { ...before.reward, weights: { ...before.reward.weights, quality: 0.4 } },
  }
  const changes = changesOf(before, after)
  expect(changes).toEqual({ name: 'mine', lora: null, 'optimizer.learningRate': 3e-5, 'reward.weights.quality': 0.4 })
  expect(withChanges(before, JSON.parse(JSON.stringify(changes)) as typeof changes)).toEqual({ after, unknown: [] })
})

test('a number that is being typed is not kept', () => {
  expect(changesOf(before, { ...before, steps: NaN, seed: 5 })).toEqual({ seed: 5 })
})

test('a setting that is gone or of another kind is named and left out, the others stay', () => {
  const { after, unknown } = withChanges(before, {
    steps: 12,
    'optimizer.gone': 1,
    'nothing.at.all': 2,
    name: 7,
    '__proto__.polluted': true,
  })
  expect(unknown).toEqual(['optimizer.gone', 'nothing.at.all', 'name', '__proto__.polluted'])
  expect(after).toEqual({ ...before, steps: 12 })
})

test('what has other fields or kinds than the form is none of its drafts; what is left out is as at first', () => {
  const read = readLike({ text: '', count: 3, tags: [] as string[], task: null as string | null })
  expect(read({ text: 'typed', tags: ['a'], task: 'gate-001' })).toEqual({
    text: 'typed',
    count: 3,
    tags: ['a'],
    task: 'gate-001',
  })
  expect(read({ text: 1 })).toBe(null)
  expect(read({ text: 'typed', other: 1 })).toBe(null)
  expect(read([])).toBe(null)
  expect(read(null)).toBe(null)
})
