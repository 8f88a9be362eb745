import { describe, expect, test } from 'vitest'
import type { JournalEntry, JournalEvent } from '#contract/journal'
import { aJournal } from '#test/support/run-builders'
import { bestCheckpoint } from '#trainer/checkpoint/best'

const evaluated = (step: number, pass: number, split: 'validation' | 'test' = 'validation'): JournalEntry => ({
  type: 'eval.finished',
  step,
  split,
  datasetHash: '',
  metrics: { [split === 'test' ? 'test/pass@1' : 'eval/pass@1']: pass },
})
const at = (...steps: number[]): { step: number }[] => steps.map((step) => ({ step }))
const best = (steps: number[], entries: JournalEntry[]): number | null =>
  bestCheckpoint(at(...steps), aJournal(entries) as readonly JournalEvent[])?.step ?? null

describe('the best checkpoint', () => {
  test('is the one whose step had the highest pass@1 on validation', () => {
    expect(best([10, 20, 30], [evaluated(10, 0.4), evaluated(20, 0.6), evaluated(30, 0.5)])).toBe(20)
  })

  test('of equal ones is the earlier, in whatever order they come', () => {
    const entries = [evaluated(10, 0.6), evaluated(20, 0.6)]
    expect([best([10, 20], entries), best([20, 10], entries)]).toEqual([10, 10])
  })

  test('is never one without an evaluation, and an evaluation without checkpoint does not count', () => {
    expect(best([10, 25], [evaluated(10, 0.4), evaluated(20, 0.9)])).toBe(10)
    expect(best([25], [evaluated(20, 0.9)])).toBeNull()
  })

  test('is not chosen by test tasks', () => {
    expect(best([10, 20], [evaluated(10, 0.4), evaluated(20, 0.3), evaluated(20, 0.9, 'test')])).toBe(10)
  })

  test('of a run that went back is chosen by what was evaluated again', () => {
    const entries: JournalEntry[] = [evaluated(10, 0.4), evaluated(20, 0.9), { type: 'rewound', toStep: 10 }]
    expect(best([10, 20], entries)).toBe(10)
    expect(best([10, 20], [...entries, evaluated(20, 0.5)])).toBe(20)
  })
})
