import { describe, expect, test } from 'vitest'
import { eventLine } from '#cli/event-text'
import { counted, duration, percent, points, small, sparkline } from '#cli/numbers'
import { tableLines } from '#cli/table'

describe('numbers', () => {
  test('a share is a percentage with one decimal, a change has its sign, what is absent is a dash', () => {
    expect([percent(0.431), percent(undefined), points(0.113), points(-0.02)]).toEqual(['43.1 %', '-', '+11.3', '-2.0'])
  })

  test('a duration is as coarse as it is long', () => {
    expect([0.42, 9.94, 48, 89, 540, 7500].map(duration)).toEqual(['0.4 s', '9.9 s', '48 s', '89 s', '9 min', '2 h 05 min'])
  })

  test('a value that rounds to nothing keeps its power of ten', () => {
    expect([small(0.00123), small(0.0000123), small(0)]).toEqual(['0.0012', '1.2e-5', '0.0000'])
  })

  test('one is singular', () => {
    expect([counted(1, 'step'), counted(2, 'step')]).toEqual(['1 step', '2 steps'])
  })

  test('a sparkline has a character a value, and averages where there are more', () => {
    expect(sparkline([0, 0.5, 1], 10)).toBe('▁▅█')
    expect(sparkline([0, 0, 1, 1], 2)).toBe('▁█')
    expect(sparkline([], 5)).toBe('')
  })
})

describe('a table', () => {
  test('pads columns to their widest cell, numbers to the left, and counts no colours', () => {
    expect(
      tableLines(
        [
          ['a', '1', 'x'],
          ['\x1b[31mlong\x1b[39m', '20'],
        ],
        [1],
      ),
    ).toEqual(['a      1  x', '\x1b[31mlong\x1b[39m  20'])
  })
})

describe('an event', () => {
  const at = { seq: 1, time: '2026-01-01T00:00:00.000Z', step: 12 }

  test('that is a severe warning is an alert, and a pause says what it is for', () => {
    const warned = { ...at, type: 'health.warned', code: 'kl-high', evidence: 'The policy is far away.' } as const
    expect(eventLine({ ...warned, isSevere: false })).toBe('warning at step 12: The policy is far away.')
    expect(eventLine({ ...warned, isSevere: true })).toBe('alert at step 12: The policy is far away.')
    expect(eventLine({ ...at, type: 'run.paused' })).toBe('paused at step 12')
    expect(eventLine({ ...at, type: 'run.paused', alerts: ['kl-high', 'entropy-collapsed'] })).toBe(
      'paused at step 12 because of kl-high, entropy-collapsed (onAlert=pause); `veritune resume` goes on',
    )
  })
})
