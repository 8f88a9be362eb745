import { describe, expect, test } from 'vitest'
import type { RunSummary } from '#contract/api'
import type { RunListView } from '#contract/saved-view'
import { isSetting, titlesBy } from '../../../src-renderer/pages/runs/group-choices.ts'
import { groupedRows, shownRuns, sortedBy, tagsIn, type ListRow } from '../../../src-renderer/pages/runs/run-list-view.ts'
import { FIRST_VIEW } from '../../../src-renderer/state/list-view.ts'
import { aRunSummary } from '#test/support/builders'

const ids = (runs: readonly RunSummary[], view: Partial<RunListView>): string[] =>
  shownRuns(runs, { ...FIRST_VIEW, ...view }).map(({ id }) => id)

describe('the list of runs', () => {
  test('begins with the newest, and keeps archived ones out of sight until they are asked for', () => {
    const runs = [aRunSummary('a'), aRunSummary('bbb'), aRunSummary('cc', { isArchived: true })]
    expect(ids(runs, {})).toEqual(['bbb', 'a'])
    expect(ids(runs, { isArchiveShown: true })).toEqual(['bbb', 'cc', 'a'])
  })

  test('holds what has all the words, anywhere in what is said of a run; with # in its tags alone', () => {
    const runs = [
      aRunSummary('a', { tags: ['paper'], text: 'with a critic' }),
      aRunSummary('bb', { name: 'paper draft', algorithm: 'ppo' }),
      aRunSummary('ccc', { status: 'crashed' }),
    ]
    expect(ids(runs, { wanted: 'PAPER' })).toEqual(['bb', 'a'])
    expect(ids(runs, { wanted: '#paper' })).toEqual(['a'])
    expect(ids(runs, { wanted: 'paper critic' })).toEqual(['a'])
    expect(ids(runs, { wanted: 'crash' })).toEqual(['ccc'])
    expect(ids(runs, { wanted: '  ' })).toHaveLength(3)
  })

  test('sorts by any column; what has no value stands last either way', () => {
    const evaluated = (passAt1: number): RunSummary['evaluated'] => ({ step: 1, passAt1, low: 0, high: 1 })
    const runs = [
      aRunSummary('a', { evaluated: evaluated(0.2) }),
      aRunSummary('bb'),
      aRunSummary('ccc', { evaluated: evaluated(0.7) }),
    ]
    expect(ids(runs, { sort: 'validation' })).toEqual(['ccc', 'a', 'bb'])
    expect(ids(runs, { sort: 'validation', isDescending: false })).toEqual(['a', 'ccc', 'bb'])
    expect(ids(runs, { sort: 'name', isDescending: false })).toEqual(['a', 'bb', 'ccc'])
    expect(ids([aRunSummary('a', { latest: { 'train/compile_rate': 1 } }), aRunSummary('bb')], { sort: 'compilation' })).toEqual([
      'a',
      'bb',
    ])
  })

  test('turns round at a second click on a column, and begins with the largest number or the first word', () => {
    const byReward = sortedBy(FIRST_VIEW, 'reward')
    expect(byReward).toMatchObject({ sort: 'reward', isDescending: true })
    expect(sortedBy(byReward, 'reward').isDescending).toBe(false)
    expect(sortedBy(byReward, 'name').isDescending).toBe(false)
  })
})

test('tags are what stands between commas, each once', () => {
  expect(tagsIn(' paper, seed 1,,paper , ')).toEqual(['paper', 'seed 1'])
})

describe('groups in the list of runs', () => {
  const evaluated = (passAt1: number): RunSummary['evaluated'] => ({ step: 1, passAt1, low: 0, high: 1 })
  const words = (rows: readonly ListRow[]): unknown[] =>
    rows.map((row) => (row.kind === 'run' ? row.run.id : [row.title, row.count, row.validation]))

  test('stand in the order of their first run, with how many they are and their mean of what was evaluated', () => {
    const runs = [
      aRunSummary('a', { evaluated: evaluated(0.2) }),
      aRunSummary('b'),
      aRunSummary('c', { evaluated: evaluated(0.6) }),
    ]
    const titles = titlesBy('algorithm.name', { a: '"grpo"', b: '"ppo"', c: '"grpo"' })
    expect(words(groupedRows(runs, titles, []))).toEqual([['grpo', 2, 0.4], 'a', 'c', ['ppo', 1, null], 'b'])
    expect(words(groupedRows(runs, titles, ['grpo']))).toEqual([['grpo', 2, 0.4], ['ppo', 1, null], 'b'])
  })

  test('by tag hold a run once for each of its tags, and runs without any together', () => {
    const runs = [aRunSummary('a', { tags: ['x', 'y'] }), aRunSummary('b'), aRunSummary('c', { tags: ['y'] })]
    const rows = groupedRows(runs, titlesBy('tag', {}), [])
    expect(words(rows)).toEqual([['x', 1, null], 'a', ['y', 2, null], 'a', 'c', ['no tag', 1, null], 'b'])
  })

  test('by status have its words; by a setting its value, whatever kind it is of', () => {
    expect(titlesBy('status', {})(aRunSummary('a', { status: 'out-of-memory' }))).toEqual(['out of memory'])
    const settings = { a: 'null', b: '0.02', c: null }
    expect(['a', 'b', 'c', 'd'].map((id) => titlesBy('lora', settings)(aRunSummary(id))[0])).toEqual([
      'none',
      '0.02',
      'not set',
      'not set',
    ])
    expect([isSetting('lora.rank'), isSetting('status'), isSetting(null)]).toEqual([true, false, false])
  })
})
