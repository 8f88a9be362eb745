import { describe, expect, test } from 'vitest'
import type { RunCompletions, SharedTask } from '#contract/shared-tasks'
import {
  comparedText,
  placeOf,
  runsBeside,
  shownPlaces,
  taskWords,
  withCompletion,
  withRuns,
  withTask,
} from '../../../src-renderer/pages/compare/same-prompt.ts'
import { aRollout } from '#test/support/builders'

const aTask = (id: string, passed: SharedTask['passed'] = [1, 0]): SharedTask => ({ id, family: 'mux', passed })
const written = (run: string, count: number): RunCompletions => ({
  run,
  step: 4,
  rollouts: Array.from({ length: count }, (_, i) => aRollout(4, i)),
})

describe('the same prompt on Compare', () => {
  test('shows the first run of each group before others, six at most, in the order of the page', () => {
    const groups = [{ runs: ['a', 'b', 'c', 'd', 'e', 'f'] }, { runs: ['g'] }, { runs: ['h'] }]
    expect(runsBeside(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'], groups)).toEqual(['a', 'b', 'c', 'd', 'g', 'h'])
    expect(runsBeside(['a', 'g'], [{ runs: ['a'] }, { runs: ['g'] }])).toEqual(['a', 'g'])
  })

  test('shows the runs that were chosen, as long as two of them are still compared', () => {
    const groups = [{ runs: ['a', 'b', 'c'] }]
    expect(runsBeside(['a', 'b', 'c'], groups, ['c', 'a'])).toEqual(['a', 'c'])
    expect(runsBeside(['a', 'b', 'c'], groups, ['c', 'gone'])).toEqual(['a', 'b', 'c'])
  })

  test('begins with the first task, also where the one of a link is not there', () => {
    const tasks = [aTask('x'), aTask('y')]
    expect([undefined, 'y', 'gone'].map((id) => placeOf(tasks, id))).toEqual([0, 1, 0])
  })

  test('shows the first completion of each run until another is chosen, and forgets the choice with task and runs', () => {
    const ofRuns = [written('a', 4), written('b', 2), written('c', 0)]
    expect(shownPlaces(ofRuns)).toEqual([1, 1, 1])
    const columns = ofRuns.map(({ run }) => ({ run, place: 1 }))
    const view = withCompletion({ taskId: 'x' }, columns, 0, 3)
    expect(view).toEqual({ taskId: 'x', runIds: ['a', 'b', 'c'], completions: [3, 1, 1] })
    expect(shownPlaces(ofRuns, view.completions)).toEqual([3, 1, 1])
    expect(shownPlaces(ofRuns, [9, 2, 1])).toEqual([1, 2, 1])
    expect(shownPlaces(ofRuns.slice(1), view.completions)).toEqual([1, 1])
    expect(shownPlaces([null, null, null], view.completions)).toEqual([3, 1, 1])
    expect(withTask(view, 'y')).toEqual({ taskId: 'y', runIds: ['a', 'b', 'c'] })
    expect(withRuns(view, ['a', 'b'])).toEqual({ taskId: 'x', runIds: ['a', 'b'] })
  })

  test('says of a task what passes in each run, where anything was scored', () => {
    expect(taskWords(aTask('mux-1', [0.75, 0]))).toBe('mux-1 · mux · passes 75 %, 0 %')
    expect(taskWords(aTask('mux-1', [null, null]))).toBe('mux-1 · mux')
  })

  test('holds modules against each other, and whole completions where one of them has none', () => {
    const [a, b] = [aRollout(1, 0, { code: 'module a' }), aRollout(1, 1)]
    expect(comparedText([a, a], a)).toBe('module a')
    expect(comparedText([a, b], a)).toBe(a.completion)
  })
})
