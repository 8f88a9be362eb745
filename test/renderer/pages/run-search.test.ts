import { describe, expect, test } from 'vitest'
import type { RunSummary } from '#contract/api'
import { isFound, searchOf } from '../../../src-renderer/pages/runs/run-search.ts'
import { searchOffers } from '../../../src-renderer/pages/runs/search-offers.ts'
import { FIRST_VIEW } from '../../../src-renderer/state/list-view.ts'
import { shownRuns } from '../../../src-renderer/pages/runs/run-list-view.ts'
import { aRunSummary } from '#test/support/builders'

/** What runs have at a path, as the workbench tells it. */
const SETTINGS = {
  groupSize: { a: '8', b: '16', c: '8' },
  'optimizer.learningRate': { a: '0.00001', b: '0.001', c: '0.0002' },
  'lora.rank': { a: '16', b: '32', c: null },
  'budget.seconds': { a: 'null', b: '60', c: 'null' },
  proof: { a: 'true', b: 'false', c: 'false' },
  model: { a: '"starter"', b: '"/models/Qwen2.5-Coder"', c: '"starter"' },
  'sampling.stopStrings': { a: '["</answer>","end module"]', b: '[]', c: '[]' },
}
const RUNS = [
  aRunSummary('a', { name: 'first words', tags: ['paper', 'old'], step: 120 }),
  aRunSummary('b', { name: 'second', algorithm: 'ppo', tags: ['old draft'], status: 'out-of-memory' }),
  aRunSummary('c', { name: 'third', text: 'lr=1e-5 was too small', step: 7 }),
]
const found = (typed: string): string =>
  RUNS.filter((run) => isFound(run, searchOf(typed), SETTINGS))
    .map(({ id }) => id)
    .join('')

describe('a search of the list of runs', () => {
  test.each([
    ['groupSize=8', 'ac'],
    ['groupsize=8 lora.rank=16', 'a'],
    ['groupSize!=8', 'b'],
    ['-groupSize=8', 'b'],
    ['groupSize>8', 'b'],
    ['groupSize>=8 groupSize<=8', 'ac'],
    ['groupSize<8', ''],
    ['learningRate>1e-5', 'bc'],
    ['optimizer.learningRate<=1e-5', 'a'],
    ['rank=16', 'a'],
    ['model=starter', 'ac'],
    ['model:qwen', 'b'],
    ['proof=on', 'a'],
    ['proof=false', 'bc'],
    ['stopStrings="end module"', 'a'],
  ])('finds runs by what a setting is: %s', (typed, ids) => expect(found(typed)).toBe(ids))

  test.each([
    ['lora.rank=none', 'c'],
    ['lora.rank!=16', 'bc'],
    ['-rank=16', 'bc'],
    ['rank>0', 'ab'],
    ['budget.seconds=off', 'ac'],
    ['seconds<100', 'b'],
  ])('a setting that is off or not there is none, and neither large nor small: %s', (typed, ids) =>
    expect(found(typed)).toBe(ids),
  )

  test.each([
    ['algorithm=ppo', 'b'],
    ['algorithm=GRPO', 'ac'],
    ['status:memory', 'b'],
    ['status="out of memory"', 'b'],
    ['tag=old', 'a'],
    ['tag:old', 'ab'],
    ['-tag:old', 'c'],
    ['tag="old draft"', 'b'],
    ['step>=7', 'ac'],
    ['name:ir', 'ac'],
    ['notes:small', 'c'],
  ])('finds runs by what the list says of them: %s', (typed, ids) => expect(found(typed)).toBe(ids))

  test.each([
    ['words', 'a'],
    ['"first words"', 'a'],
    ['“first words”', 'a'],
    ['"words first"', ''],
    ['-paper', 'bc'],
    ['#old -#paper', 'b'],
    ['-"first words" groupSize=8', 'c'],
    ['"lr=1e-5"', 'c'],
    ['third groupSize=8', 'c'],
    ['-', 'abc'],
    ['', 'abc'],
  ])('words stand beside conditions, and quotes keep what looks like one a word: %s', (typed, ids) =>
    expect(found(typed)).toBe(ids),
  )

  test('a condition on a setting that is not read yet holds back nothing', () => {
    expect(RUNS.filter((run) => isFound(run, searchOf('groupSize=8 -rank=16'), {}))).toHaveLength(3)
    expect(searchOf('groupSize=8 rank>1 groupSize<9 tag:x paper').paths).toEqual(['groupSize', 'lora.rank'])
  })

  test.each([
    ['groupsze=8', 'There is no setting “groupsze”; the nearest is groupSize.'],
    ['optimiser.learningRate=1', 'There is no setting “optimiser.learningRate”; the nearest is optimizer.learningRate.'],
    ['lr>1', 'There is no setting “lr”; the nearest is learningRate.'],
    ['temp=1', 'There is no setting “temp”; the nearest is temperature.'],
    ['tga:x', 'There is no setting “tga”; the nearest is tag.'],
    ['qqqqqqqq=1', 'There is no setting “qqqqqqqq”.'],
    ['functional=graded', '“functional” could be reward.weights.functional or reward.functional.'],
    ['groupSize=', '“groupSize=” says no value yet.'],
    ['learningRate>fast', '“learningRate>fast” asks for a number.'],
  ])('a condition that cannot be read is passed over, and a sentence says why: %s', (typed, sentence) => {
    expect(searchOf(typed).problems).toEqual([sentence])
    expect(found(`${typed} words`)).toBe('a')
  })

  test('addresses and paths are words', () => {
    expect(searchOf('http://127.0.0.1 C:\\models 12:30').problems).toEqual([])
    expect(searchOf('http://127.0.0.1').terms).toMatchObject([{ kind: 'word', text: 'http://127.0.0.1' }])
  })

  test('of 500 runs takes less than 100 ms', () => {
    const runs = Array.from({ length: 500 }, (_, i) => aRunSummary(`run-${i}`, { name: `run ${i}`, tags: [`tag ${i % 7}`] }))
    const paths = ['groupSize', 'optimizer.learningRate', 'lora.rank', 'sampling.temperature', 'model']
    const settings = Object.fromEntries(
      paths.map((path) => [path, Object.fromEntries(runs.map(({ id }, i) => [id, String(i % 5)]))]),
    )
    const wanted = 'run groupSize>1 learningRate>0 -rank=2 temperature!=4 -model:9 -tag:6 -nothing'
    const search = (): RunSummary[] => shownRuns(runs, { ...FIRST_VIEW, wanted }, settings)
    const shown = search()
    // The best of several: a machine that is busy with other tests says nothing of the search.
    const times = Array.from({ length: 10 }, () => {
      const start = performance.now()
      search()
      return performance.now() - start
    })
    expect(Math.min(...times)).toBeLessThan(100)
    expect(shown.length).toBeGreaterThan(0)
    expect(shown.length).toBeLessThan(500)
  })
})

test('the algorithm of a run is what it learnt by, as the list says it', () => {
  const trl = { tool: 'trl', trainer: 'GRPOTrainer' } as const
  const runs = [aRunSummary('a'), aRunSummary('b', { isSupervised: true }), aRunSummary('c', { origin: trl })]
  const learntBy = (typed: string): string[] => runs.filter((run) => isFound(run, searchOf(typed), {})).map(({ id }) => id)
  expect([learntBy('algorithm=grpo'), learntBy('algorithm=supervised'), learntBy('algorithm:trl')]).toEqual([['a'], ['b'], ['c']])
})

describe('what is offered while a person types', () => {
  const texts = (typed: string, runs: readonly RunSummary[] = RUNS): string[] => searchOffers(typed, runs).map(({ text }) => text)

  test('is names that begin so, whole or by their ends, with what was typed before', () => {
    expect(texts('groups')).toEqual(['groupSize='])
    expect(texts('paper -lora.r')).toEqual(['paper -lora.rank='])
    expect(texts('paper learn')).toContain('paper learningRate=')
    expect(searchOffers('rank', RUNS)).toEqual([{ text: 'rank=', label: 'Rank' }])
    // Which of the two would not be known.
    expect(texts('functional')).toEqual([])
  })

  test('is choices, once a setting is named that has some, and what runs have of tags', () => {
    expect(texts('algorithm=p')).toEqual(['algorithm=ppo'])
    expect(texts('-baseStorage!=')).toEqual(['-baseStorage!=float32', '-baseStorage!=float16', '-baseStorage!=int4'])
    expect(texts('proof=')).toEqual(['proof=true', 'proof=false'])
    expect(texts('tag:o')).toEqual(['tag:old', 'tag:"old draft"'])
    expect(texts('groupSize=')).toEqual([])
  })

  test('is nothing where nothing was begun', () => {
    expect(['', 'paper ', '"group', 'name:"two gro', 'xyz'].map((typed) => texts(typed).length)).toEqual([0, 0, 0, 0, 0])
  })
})
