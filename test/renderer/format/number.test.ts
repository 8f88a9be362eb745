import { describe, expect, test } from 'vitest'
import {
  counted,
  formatBytes,
  formatChange,
  formatNumber,
  formatPercent,
  formatPoints,
  formatPointTenths,
  formatShareOf,
  formatTenths,
} from '../../../src-renderer/format/number.ts'

describe('numbers as text', () => {
  test.each([
    [0, '0'],
    [0.0123, '0.0123'],
    [0.5, '0.5'],
    [1.239, '1.24'],
    [-0.25, '−0.25'],
    [123.4, '123'],
    [18_400, '18\u202f400'],
    [0.00003, '3.0e−5'],
    [NaN, '–'],
    [null, '–'],
    [undefined, '–'],
  ])('%s is written %s', (value, text) => expect(formatNumber(value)).toBe(text))

  test.each([
    [0.43, '43 %'],
    [0, '0 %'],
    [1, '100 %'],
    [0.004, '0.4 %'],
    [0.996, '99.6 %'],
    [0.05, '5 %'],
    [NaN, '–'],
  ])('the share %s is written %s', (share, text) => expect(formatPercent(share)).toBe(text))

  test('a share stands with its denominator when that is known', () => {
    expect(formatShareOf(0.43, 256)).toBe('43 % of 256')
    expect(formatShareOf(0.43, undefined)).toBe('43 %')
    expect(formatShareOf(NaN, 256)).toBe('–')
  })

  test('a change has a sign, an arrow and its size', () => {
    expect(formatPoints(0.14)).toBe('▲ +14 points')
    expect(formatPoints(-0.03)).toBe('▼ −3 points')
    expect(formatPoints(0.001)).toBe('= 0 points')
    expect(formatPoints(-0.01)).toBe('▼ −1 point')
    expect(formatPoints(null)).toBe('')
    expect(formatChange(0.136)).toBe('▲ +0.14')
    expect(formatChange(-0.001)).toBe('= 0')
  })

  test('bytes and counts have their unit', () => {
    expect(formatBytes(1_234_000_000)).toBe('1.23 GB')
    expect(counted(1, 'step')).toBe('1 step')
    expect(counted(1200, 'step')).toBe('1\u202f200 steps')
  })

  test('beside an interval a share and a difference of shares have one decimal', () => {
    expect([formatTenths(0.5367), formatTenths(1), formatTenths(-0.228), formatTenths(NaN)]).toEqual([
      '53.7 %',
      '100.0 %',
      '−22.8 %',
      '–',
    ])
    expect([formatPointTenths(0.1642), formatPointTenths(-0.008), formatPointTenths(-0.0001)]).toEqual(['+16.4', '−0.8', '0.0'])
  })
})
