import { describe, expect, test } from 'vitest'
import { markOf, spotsOf, type RailMark } from '../../../src-renderer/pages/run/rail.ts'

const mark = (seq: number, step: number, kind: RailMark['kind']): RailMark => ({ seq, step, kind, text: '' })
const time = '2026-11-23T12:00:00.000Z'

describe('the event rail', () => {
  test('stands marks along the steps of the run', () => {
    expect(spotsOf([mark(1, 0, 'eval'), mark(2, 50, 'eval'), mark(3, 100, 'eval')], 100, 60).map(({ place }) => place)).toEqual([
      0, 0.5, 1,
    ])
  })

  test('a pause on alerts says which', () => {
    expect(markOf({ seq: 1, time, type: 'run.paused', step: 4, alerts: ['entropy-collapsed'] })?.text).toBe(
      'paused because of entropy collapsed',
    )
    expect(markOf({ seq: 1, time, type: 'run.paused', step: 4 })?.text).toBe('paused')
  })

  test('gathers events of a kind that cannot be told apart, and no others', () => {
    const spots = spotsOf([mark(1, 500, 'eval'), mark(2, 501, 'eval'), mark(3, 501, 'warning'), mark(4, 900, 'eval')], 1000, 60)
    expect(spots.map(({ marks }) => marks.map(({ seq }) => seq))).toEqual([[1, 2], [3], [4]])
  })

  test('shifts a second mark of a lane aside; the other lane has its own place', () => {
    const spots = spotsOf([mark(1, 5, 'eval'), mark(2, 5, 'warning'), mark(3, 5, 'checkpoint')], 10, 60)
    expect(spots.map(({ level }) => level)).toEqual([0, 1, 0])
  })

  test('a run without steps has its marks at the start', () => {
    expect(spotsOf([mark(1, 0, 'eval')], 0, 60)[0]?.place).toBe(0)
  })

  test('steps are no landmarks; evaluations say what they found', () => {
    expect(markOf({ seq: 1, time, type: 'step.finished', step: 1, metrics: {}, rolloutFile: '' })).toBeNull()
    const metrics = { 'eval/near_greedy/pass@1': 0.6, 'eval/pass@1': 0.41 }
    expect(markOf({ seq: 2, time, type: 'eval.finished', step: 20, split: 'validation', datasetHash: '', metrics })?.text).toBe(
      'evaluation on validation: pass@1 41 %',
    )
  })
})
