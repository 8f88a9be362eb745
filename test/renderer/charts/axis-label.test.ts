import { expect, test } from 'vitest'
import { axisLabel, logAxisLabel } from '../../../src-renderer/charts/axis-label.ts'

const ticks = (...values: number[]) => values.map((value) => ({ value }))

test('ticks have as many decimals as they need to differ, and all the same', () => {
  expect(axisLabel(0.5, ticks(0, 0.5, 1), false)).toBe('0.5')
  expect(axisLabel(1, ticks(0, 0.5, 1), false)).toBe('1.0')
  expect(axisLabel(0.04, ticks(0, 0.02, 0.04), false)).toBe('0.04')
  expect(axisLabel(20, ticks(0, 10, 20), false)).toBe('20')
  expect(axisLabel(0.30000000000000004, ticks(0.2, 0.30000000000000004), false)).toBe('0.3')
})

test('a negative number has a real minus, and zero has none', () => {
  expect(axisLabel(-0.02, ticks(-0.02, 0), false)).toBe('−0.02')
  expect(axisLabel(-1e-17, ticks(-0.02, 0), false)).toBe('0.00')
})

test('very small numbers are written with an exponent, rates in percent', () => {
  expect(axisLabel(0.00003, ticks(0, 0.00001), false)).toBe('3.0e−5')
  expect([0, 0.00005, 0.0001, 0.00015].map((value) => axisLabel(value, ticks(0, 0.00005), false))).toEqual([
    '0',
    '5.0e−5',
    '1.0e−4',
    '1.5e−4',
  ])
  expect(axisLabel(0.0003, ticks(0, 0.0001), false)).toBe('0.0003')
  expect(axisLabel(0.25, ticks(0, 0.25), true)).toBe('25 %')
})

test('an axis of equal factors says small numbers by their exponent', () => {
  expect([0.00001, 0.002, 0.5, 50].map(logAxisLabel)).toEqual(['1e−5', '0.002', '0.5', '50'])
})
