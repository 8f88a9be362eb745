import { expect, test } from 'vitest'
import { findInSteps } from '#store/found-rollouts'
import type { RolloutRow } from '#store/records'
import { SqliteStore } from '#store/sqlite-store'
import { openDatabase } from '#store/database'
import { aConfig, aJournal, started, stepFinished } from '#test/support/run-builders'

function row(step: number, index: number, isTruncated: boolean): RolloutRow {
  return {
    step,
    index,
    group: 0,
    taskId: 'task',
    family: 'mux',
    reward: 0,
    advantage: 0,
    completionTokens: 9,
    isTruncated,
    scores: { compilation: { value: 1, outcome: 'passed' }, functional: { value: 1, outcome: 'passed' } },
    file: 'rollouts/step.jsonl',
    offset: 0,
    length: 1,
  }
}

/** Steps 1 to 4 of three rollouts each; of the even ones as many as the step counts are cut. */
const ROWS = [4, 3, 2, 1].flatMap((step) => [0, 1, 2].map((index) => row(step, index, step % 2 === 0 && index < step)))

test('the newest steps come first, with what they have of how many', () => {
  expect(findInSteps(ROWS, 'truncated')).toEqual({
    steps: [
      { step: 4, count: 3, of: 3 },
      { step: 2, count: 2, of: 3 },
    ],
    before: null,
  })
  expect(findInSteps([], 'truncated')).toEqual({ steps: [], before: null })
})

test('a search that is cut short goes on where it ended, and finds each step once', () => {
  const bounds = { rows: 4, steps: 60 }
  const first = findInSteps(ROWS, 'truncated', bounds)
  expect(first).toEqual({ steps: [{ step: 4, count: 3, of: 3 }], before: 3 })
  const rest = ROWS.filter(({ step }) => step < first.before!)
  expect(findInSteps(rest, 'truncated', bounds)).toEqual({ steps: [{ step: 2, count: 2, of: 3 }], before: null })
  expect(findInSteps(ROWS, 'truncated', { rows: 99, steps: 1 })).toEqual({ steps: [{ step: 4, count: 3, of: 3 }], before: 4 })
})

test('a stored run is searched backwards from any step, and lets go of the database', () => {
  const store = new SqliteStore(openDatabase(':memory:'))
  store.addRun({ id: 'a', config: aConfig(), createdAt: '2026-01-01T00:00:00.000Z' })
  store.ingest('a', {
    events: aJournal([started(), ...[1, 2, 3, 4].map((step) => stepFinished(step))]),
    endByte: 1,
    rollouts: ROWS,
  })
  expect(store.findRollouts('a', 'truncated', null).steps.map(({ step }) => step)).toEqual([4, 2])
  expect(store.findRollouts('a', 'truncated', 4).steps.map(({ step }) => step)).toEqual([2])
  expect(store.findRollouts('a', 'refused', null)).toEqual({ steps: [], before: null })
  store.removeRun('a')
  expect(store.findRollouts('a', 'truncated', null)).toEqual({ steps: [], before: null })
})

test('what a run wrote for a task is told step by step, the newest first, in each the best first', () => {
  const store = new SqliteStore(openDatabase(':memory:'))
  store.addRun({ id: 'a', config: aConfig(), createdAt: '2026-01-01T00:00:00.000Z' })
  const rewarded = (step: number, index: number, reward: number | null, taskId = 'task'): RolloutRow => ({
    ...row(step, index, false),
    reward,
    taskId,
  })
  const rollouts = [
    rewarded(1, 0, 0.2),
    rewarded(1, 1, null),
    rewarded(1, 2, 0.9),
    rewarded(2, 0, 0.4),
    rewarded(2, 1, 1, 'other'),
  ]
  store.ingest('a', { events: aJournal([started(), stepFinished(1), stepFinished(2)]), endByte: 1, rollouts })
  expect(store.rolloutsOfTask('a', 'task')).toEqual([
    { step: 2, rollouts: [{ index: 0, reward: 0.4, hasPassed: true }] },
    {
      step: 1,
      rollouts: [
        { index: 2, reward: 0.9, hasPassed: true },
        { index: 0, reward: 0.2, hasPassed: true },
        { index: 1, reward: null, hasPassed: true },
      ],
    },
  ])
  expect(store.rolloutsOfTask('a', 'nowhere')).toEqual([])
})

test('tasks that a run drew are told as it drew them last, the newest first, with what passed and earned', () => {
  const store = new SqliteStore(openDatabase(':memory:'))
  store.addRun({ id: 'a', config: aConfig(), createdAt: '2026-01-01T00:00:00.000Z' })
  const functional = (outcome: 'passed' | 'failed' | 'unscored') => ({ functional: { value: null, outcome } })
  const rollouts: RolloutRow[] = [
    { ...row(1, 0, false), taskId: 'old', family: 'mux', reward: 1, scores: functional('passed') },
    { ...row(1, 1, false), taskId: 'twice', reward: 1, scores: functional('passed') },
    { ...row(2, 0, false), taskId: 'twice', family: 'fsm', reward: 0.2, scores: functional('failed') },
    { ...row(2, 1, false), taskId: 'twice', family: 'fsm', reward: 0.4, scores: functional('unscored') },
    { ...row(2, 2, false), taskId: 'unscored', reward: null, scores: functional('unscored') },
  ]
  store.ingest('a', { events: aJournal([started(), stepFinished(1), stepFinished(2)]), endByte: 1, rollouts })
  const [twice, unscored, old] = store.drawnTasks('a')
  expect(twice).toMatchObject({ taskId: 'twice', family: 'fsm', passed: 0 })
  expect(twice!.reward).toBeCloseTo(0.3, 12)
  expect(unscored).toMatchObject({ taskId: 'unscored', passed: null, reward: null })
  expect(old).toEqual({ taskId: 'old', family: 'mux', passed: 1, reward: 1 })
  expect(store.drawnTasks('nowhere')).toEqual([])
})
