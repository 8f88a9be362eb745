import { describe, expect, test } from 'vitest'
import type { RunActivity } from '#contract/run-activity'
import { activityWords } from '../../../src-renderer/pages/run/activity-words.ts'

const activity: RunActivity = { step: 4, stage: 'rollouts', seconds: 72, done: 43, of: 128, metrics: {}, silence: 0.8 }

describe('what a trainer does', () => {
  test('is its step, its stage, how much of it is done and for how long it has been at it', () => {
    expect(activityWords(activity)).toBe('Step 4: generating, 43 of 128 · 72 s')
    expect(activityWords({ ...activity, stage: 'update', of: null, seconds: 2 })).toBe('Step 4: updating the weights')
    expect(activityWords({ ...activity, stage: 'start', step: 0, of: null })).toBe('Loading the model · 72 s')
    expect(activityWords({ ...activity, stage: 'start', of: null, seconds: 1 })).toBe('Loading the model')
  })

  test('is told with what its card does', () => {
    const metrics = { 'system/gpu_utilisation': 0.97, 'system/gpu_memory': 61.2e9, 'system/gpu_power': 612.4 }
    expect(activityWords({ ...activity, metrics })).toBe('Step 4: generating, 43 of 128 · 72 s · card 97 %, 61.20 GB, 612 W')
    expect(activityWords({ ...activity, metrics: { 'system/gpu_memory': 61.2e9 } })).toMatch(/ · card 61\.20 GB$/)
  })

  test('is not claimed where nobody has heard of it for long', () => {
    expect(activityWords({ ...activity, silence: 40 })).toBe('Step 4: generating, 43 of 128 · not heard of for 40 s')
  })

  test('is not that of an earlier trainer', () => {
    expect(activityWords({ ...activity, silence: 4000 }, true)).toBe('')
    expect(activityWords({ ...activity, stage: 'start', of: null }, true)).toBe('Loading the model · 72 s')
  })
})
