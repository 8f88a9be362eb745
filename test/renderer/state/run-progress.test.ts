import { describe, expect, test } from 'vitest'
import type { RunHistory } from '#contract/api'
import type { JournalEvent } from '#contract/journal'
import type { RewardProfile } from '#contract/reward-profile'
import { RunProgress } from '../../../src-renderer/state/run-progress.ts'

const profile: RewardProfile = {
  schemaVersion: 1,
  name: 'default',
  weights: { compilation: 0.4, functional: 0.5, synthesis: 0.3, reasoning: 0.6, quality: 0.5 },
  gating: 'none',
  functional: 'graded',
  normalise: 'weights',
}
const time = '2026-11-23T12:00:00.000Z'
const step = (seq: number, number: number, value: number): JournalEvent => ({
  seq,
  time,
  type: 'step.finished',
  step: number,
  metrics: { 'train/reward': value },
  rolloutFile: `rollouts/step-${number}.jsonl`,
})

describe('the progress of a run', () => {
  test('events that arrive twice count once', () => {
    const progress = new RunProgress(profile)
    expect(progress.take([step(1, 1, 0.1), step(2, 2, 0.2)])).toBe(true)
    expect(progress.take([step(1, 1, 0.1), step(2, 2, 0.2)])).toBe(false)
    progress.take([step(2, 2, 0.2), step(3, 3, 0.3)])
    expect(progress.columns.column('train/reward')).toEqual({ x: [1, 2, 3], y: [0.1, 0.2, 0.3] })
    expect(progress.step).toBe(3)
  })

  test('a rewind takes the later steps back until they are made again', () => {
    const progress = new RunProgress(profile)
    progress.take([step(1, 1, 0.1), step(2, 2, 0.2), { seq: 3, time, type: 'rewound', toStep: 1 }])
    expect(progress.step).toBe(1)
    expect(progress.columns.column('train/reward').x).toEqual([1])
    progress.take([step(4, 2, 0.7)])
    expect(progress.columns.column('train/reward')).toEqual({ x: [1, 2], y: [0.1, 0.7] })
  })

  test('a change of the weights is the profile from then on, and a landmark', () => {
    const progress = new RunProgress(profile)
    const changed = { ...profile, name: 'changed', weights: { ...profile.weights, quality: 0 } }
    progress.take([{ seq: 1, time, type: 'reward.changed', step: 4, profile: changed }])
    expect(progress.reward).toEqual(changed)
    expect(progress.landmarks).toHaveLength(1)
  })

  test('evaluations lie in the columns beside the steps', () => {
    const progress = new RunProgress(profile)
    progress.take([
      { seq: 1, time, type: 'eval.finished', step: 0, split: 'validation', datasetHash: 'a', metrics: { 'eval/pass@1': 0.3 } },
    ])
    expect(progress.columns.column('eval/pass@1')).toEqual({ x: [0], y: [0.3] })
  })
})

describe('a progress that begins with a stored history', () => {
  const rewound: JournalEvent = { seq: 4, time, type: 'rewound', toStep: 2 }
  const history: RunHistory = {
    lastSeq: 5,
    step: 3,
    stepsPerPoint: 2,
    landmarks: [rewound],
    columns: [{ key: 'train/reward', steps: [1, 3], means: [0.1, 0.25], lowest: [0.1, 0.2], highest: [0.1, 0.3] }],
  }

  test('has the last steps one by one, each once, and goes on after them', () => {
    const newest = [step(2, 2, 0.2), step(3, 3, 0.9), rewound, step(5, 3, 0.3), step(6, 4, 0.4)]
    const progress = RunProgress.of(profile, history, newest)
    expect(progress.columns.column('train/reward')).toMatchObject({ x: [1, 2, 3, 4], y: [0.1, 0.2, 0.3, 0.4] })
    expect([progress.step, progress.lastSeq, progress.landmarks.length]).toEqual([4, 6, 1])
    progress.take([step(6, 4, 0.4), step(7, 5, 0.5)])
    expect(progress.columns.column('train/reward').x).toEqual([1, 2, 3, 4, 5])
  })

  test('a run without a first event has no step and no point', () => {
    const progress = RunProgress.of(profile, { lastSeq: 0, step: 0, stepsPerPoint: 1, landmarks: [], columns: [] }, [])
    expect([progress.step, progress.lastSeq, progress.columns.keys()]).toEqual([0, 0, []])
  })
})
