import { expect, test } from 'vitest'
import type { CheckpointedRun, ModelList } from '#contract/known-models'
import { checkpointKey, defaultPair, likeliestCheckpoint, parseModelKey } from '../../../src-renderer/state/model-key.ts'

const aRun = (run: string, steps: readonly number[], best: number | null = null, model = 'starter'): CheckpointedRun => ({
  run,
  name: run,
  model,
  hasAdapter: true,
  checkpoints: steps.map((step) => ({ step, bytes: 1, passAt1: step === best ? 0.5 : null, isBest: step === best })),
})
const aList = (...runs: CheckpointedRun[]): ModelList => ({ models: [], runs })

test('a key leads back to what it names', () => {
  expect(parseModelKey(checkpointKey('20261127-a.b_c', 60))).toEqual({ kind: 'checkpoint', run: '20261127-a.b_c', step: 60 })
  for (const path of ['starter', '/models/run@4', 'C:\\models\\mine', '/run:a@2']) {
    expect(parseModelKey(path)).toEqual({ kind: 'model', path })
  }
})

test('of a run the best checkpoint is tried first, and the newest where none was evaluated', () => {
  expect(likeliestCheckpoint(aRun('a', [10, 20, 30], 20))).toBe('run:a@20')
  expect(likeliestCheckpoint(aRun('a', [10, 20, 30]))).toBe('run:a@30')
  expect(likeliestCheckpoint(aRun('a', []))).toBeNull()
})

test('without a choice the newest run stands beside what it began with', () => {
  const list = aList(aRun('new', [5], 5, '/models/mine'), aRun('old', [9]))
  expect(defaultPair(list, null, null)).toEqual({ tuned: 'run:new@5', base: '/models/mine' })
  expect(defaultPair(list, 'run:old@9', null)).toEqual({ tuned: 'run:old@9', base: 'starter' })
  expect(defaultPair(list, null, '/models/other')).toEqual({ tuned: 'run:new@5', base: '/models/other' })
  expect(defaultPair(list, '/models/mine', null)).toEqual({ tuned: '/models/mine', base: 'starter' })
})

test('a workbench without runs compares the starter with itself', () => {
  expect(defaultPair(aList(), null, null)).toEqual({ tuned: 'starter', base: 'starter' })
})
