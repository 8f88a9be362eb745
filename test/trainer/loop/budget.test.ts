import { describe, expect, test } from 'vitest'
import type { JournalEntry } from '#contract/journal'
import { spentUntil, usedUp } from '#trainer/loop/budget'
import { aJournal, started } from '#test/support/run-builders'

const NO_BOUND = { rollouts: null, tokens: null, seconds: null }

function step(number: number, metrics: Record<string, number>): JournalEntry {
  return { type: 'step.finished', step: number, metrics, rolloutFile: '' }
}
const rollouts = (count: number, tokens: number, seconds: number): Record<string, number> => ({
  'train/completions/count': count,
  'train/completions/tokens': tokens,
  'timing_s/step': seconds,
})

describe('what a run spent', () => {
  test('is the sum over its steps, those of supervised steps in tokens alone', () => {
    const events = aJournal([
      started(),
      step(1, { 'train/supervised_tokens': 50, 'timing_s/step': 0.5 }),
      step(2, rollouts(128, 9_000, 4)),
    ])
    expect(spentUntil(events, 2)).toEqual({ rollouts: 128, tokens: 9_050, seconds: 4.5 })
  })

  test('counts a step once that was made again after a kill, as it was made last, and none after the checkpoint', () => {
    const events = aJournal([
      started(),
      step(1, rollouts(8, 100, 1)),
      step(2, rollouts(8, 100, 9)),
      step(3, rollouts(8, 100, 9)),
      { type: 'rewound', toStep: 1 },
      step(2, rollouts(8, 100, 2)),
    ])
    expect(spentUntil(events, 2)).toEqual({ rollouts: 16, tokens: 200, seconds: 3 })
  })
})

describe('a budget', () => {
  const spent = { rollouts: 256, tokens: 20_000, seconds: 10 }
  test('without bounds is never used up', () => expect(usedUp(NO_BOUND, spent)).toBeNull())
  test('is used up when one of its bounds is reached', () => {
    expect(usedUp({ ...NO_BOUND, rollouts: 257 }, spent)).toBeNull()
    expect(usedUp({ ...NO_BOUND, rollouts: 256 }, spent)).toEqual({ kind: 'rollouts', limit: 256 })
    expect(usedUp({ rollouts: 257, tokens: 20_000, seconds: 100 }, spent)).toEqual({ kind: 'tokens', limit: 20_000 })
    expect(usedUp({ ...NO_BOUND, seconds: 9.5 }, spent)).toEqual({ kind: 'seconds', limit: 9.5 })
  })
})
