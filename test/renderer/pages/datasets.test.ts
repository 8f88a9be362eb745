import { describe, expect, test } from 'vitest'
import type { BrowsedTask, CheckProgress } from '#contract/known-datasets'
import { pastedPath } from '../../../src-renderer/format/path.ts'
import { mappingOf } from '../../../src-renderer/pages/datasets/columns.ts'
import { datasetName, problemPlace, stageWords, unhealthyWords } from '../../../src-renderer/pages/datasets/dataset-words.ts'
import { choicesIn, matchingTasks, NO_FILTER } from '../../../src-renderer/pages/datasets/task-filter.ts'

describe('a pasted path', () => {
  test.each([
    ['  /sets/rtllm \n', '/sets/rtllm'],
    ['"C:\\sets\\a b.zip"', 'C:\\sets\\a b.zip'],
    ["'/sets/a b'", '/sets/a b'],
    ['file:///sets/a%20b.jsonl', '/sets/a b.jsonl'],
    ['file:///C:/sets/a.csv', 'C:/sets/a.csv'],
    ['file://localhost/sets/a', '/sets/a'],
    ['file:///sets/100%', '/sets/100%'],
    ['~/sets', '~/sets'],
  ])('%j is read as %j', (text, path) => {
    expect(pastedPath(text)).toBe(path)
  })
})

test.each([
  ['starter', 'Starter tasks'],
  ['/sets/rtllm', 'rtllm'],
  ['/sets/rtllm/', 'rtllm'],
  ['C:\\sets\\a.zip', 'a.zip'],
  ['/', '/'],
])('the data set %s is called %s', (path, name) => {
  expect(datasetName(path)).toBe(name)
})

describe('a check in words', () => {
  const check: CheckProgress = {
    path: '/sets/a',
    startedAt: '2026-01-01T00:00:00.000Z',
    stage: 'reading',
    layout: '',
    taskCount: 1,
    counts: { train: 1, validation: 0, test: 0 },
    badges: { healthy: 0, 'reference-fails': 0, 'judge-fooled': 0, 'not-run': 0 },
    problemCount: 0,
    warningCount: 0,
    problems: [],
    unhealthy: [],
    secondsLeft: null,
    end: null,
  }

  test('while it reads', () => {
    expect(stageWords(check)).toBe('Reading the files: 1 task so far')
  })

  test('while it tries: all badges are counted, and the time left stands there once it is known', () => {
    const badges = { healthy: 5, 'reference-fails': 1, 'judge-fooled': 1, 'not-run': 1 }
    const trying = { ...check, stage: 'trying', taskCount: 20, badges } as const
    expect(stageWords(trying)).toBe('Trying each task on its own reference: 8 of 20')
    expect(stageWords({ ...trying, secondsLeft: 30 })).toBe('Trying each task on its own reference: 8 of 20, 30 s left')
  })
})

test('tasks that are not healthy are counted, also those that are not shown', () => {
  const unhealthy = [{ id: 'a', split: 'train', badge: 'not-run', reason: '', origin: null }] as const
  const badges = { healthy: 5, 'reference-fails': 0, 'judge-fooled': 0, 'not-run': 1 }
  expect(unhealthyWords({ badges, unhealthy })).toBe('1 task is not healthy')
  expect(unhealthyWords({ badges: { ...badges, 'not-run': 40 }, unhealthy })).toBe('40 tasks are not healthy, the first 1')
})

test('a problem stands at its file, line and field, as far as there are any', () => {
  const problem = { file: 'a.csv', line: 3, field: 'prompt', message: '', fix: '', isWarning: false }
  expect(problemPlace(problem)).toBe('a.csv, line 3, field prompt')
  expect(problemPlace({ ...problem, line: 0, field: null })).toBe('a.csv')
})

describe('tasks', () => {
  const like: BrowsedTask = {
    id: 'counter-1',
    split: 'train',
    family: 'counter',
    difficulty: 2,
    moduleName: 'up_counter',
    beginning: 'Count up with a synchronous reset.',
    origin: null,
    badge: 'healthy',
    reason: '',
    isLeak: false,
  }
  const tasks: BrowsedTask[] = [
    like,
    { ...like, id: 'mux-1', family: 'mux', difficulty: 1, moduleName: 'mux2', beginning: 'y is a or b.', split: 'test' },
    { ...like, id: 'mux-2', family: 'mux', difficulty: 1, badge: 'reference-fails', isLeak: true },
  ]
  const idsOf = (filter: Partial<typeof NO_FILTER>): string[] =>
    matchingTasks(tasks, { ...NO_FILTER, ...filter }).map(({ id }) => id)

  test('without a filter are all', () => {
    expect(idsOf({})).toEqual(['counter-1', 'mux-1', 'mux-2'])
  })

  test.each([
    [{ text: 'RESET count' }, ['counter-1', 'mux-2']],
    [{ text: 'mux2' }, ['mux-1']],
    [{ split: 'test' }, ['mux-1']],
    [{ family: 'mux' }, ['mux-1', 'mux-2']],
    [{ difficulty: 2 }, ['counter-1']],
    [{ state: 'reference-fails' }, ['mux-2']],
    [{ state: 'leak' }, ['mux-2']],
    [{ family: 'mux', text: 'reset' }, ['mux-2']],
    [{ text: 'nowhere' }, []],
  ] as const)('%o lets through %o', (filter, ids) => {
    expect(idsOf(filter)).toEqual(ids)
  })

  test('offer each family and each difficulty once, in order', () => {
    expect(choicesIn(tasks)).toEqual({ families: ['counter', 'mux'], difficulties: [1, 2] })
  })
})

test('columns are a mapping once the prompt is named; empty fields are none', () => {
  expect(mappingOf({ prompt: ' question ', reference: 'code', split: ' ' })).toEqual({ prompt: 'question', reference: 'code' })
  expect(mappingOf({ reference: 'code' })).toBeNull()
  expect(mappingOf({})).toBeNull()
})
