import { expect, test } from 'vitest'
import type { JournalEvent } from '#contract/journal'
import type { RewardProfile } from '#contract/reward-profile'
import { rewardChanges } from '../../../src-renderer/pages/run/reward-changes.ts'

const initial: RewardProfile = {
  schemaVersion: 1,
  name: 'initial',
  weights: { compilation: 0.2, functional: 0.5, synthesis: 0.1, reasoning: 0.15, quality: 0.05 },
  gating: 'none',
  functional: 'graded',
  normalise: 'weights',
}
const changed = (seq: number, step: number, profile: RewardProfile): JournalEvent => ({
  seq,
  time: '2026-11-23T12:00:00.000Z',
  type: 'reward.changed',
  step,
  profile,
})

test('each change of the reward is said against the profile before it', () => {
  const first = { ...initial, weights: { ...initial.weights, functional: 0.7 } }
  const second = { ...first, gating: 'compile', weights: { ...first.weights, functional: 0.6, quality: 0 } } as const
  expect(rewardChanges([changed(1, 4, first), changed(2, 9, second)], initial)).toEqual([
    { step: 4, text: 'reward changed: functional 0.5 → 0.7' },
    { step: 9, text: 'reward changed: functional 0.7 → 0.6, quality 0.05 → 0, gating none → compile' },
  ])
})

test('the same weights again, or another name, are no change', () => {
  expect(rewardChanges([changed(1, 4, { ...initial, name: 'other' })], initial)).toEqual([])
})
