import { describe, expect, test } from 'vitest'
import { statusOf, type Signs } from '#runs/status'

const signs = (some: Partial<Signs>): Signs => ({
  state: 'started',
  isQueued: false,
  wasStarted: true,
  hasTrainer: true,
  isJustStarted: false,
  isRefused: false,
  ...some,
})

describe('a run’s status', () => {
  test.each([
    ['its trainer works', {}, 'running'],
    ['its trainer waits', { state: 'paused' }, 'paused'],
    ['its trainer was asked to stop', { state: 'stopping' }, 'stopping'],
    ['its trainer is gone without a last word', { hasTrainer: false }, 'crashed'],
    ['its trainer is gone after its last word', { hasTrainer: false, state: 'finished' }, 'finished'],
    ['it was resumed and the journal does not say so yet', { state: 'failed' }, 'starting'],
    ['its trainer was started a moment ago', { hasTrainer: false, state: '', isJustStarted: true }, 'starting'],
    ['its trainer ended before it wrote anything', { hasTrainer: false, state: '' }, 'crashed'],
    ['it waits for its turn', { isQueued: true, hasTrainer: false, state: '' }, 'queued'],
    ['its host did not take it', { isRefused: true, hasTrainer: false, state: 'stopped' }, 'failed'],
    ['it was taken out of the queue', { hasTrainer: false, state: '', wasStarted: false }, 'stopped'],
  ] as const)('when %s', (_, some, status) => {
    expect(statusOf(signs(some))).toBe(status)
  })
})
