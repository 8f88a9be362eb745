import { expect, test } from 'vitest'
import { pointWords, runsOf, valueWords, waveformOf, type Counterexample } from '../../../src-renderer/pages/waveform.ts'

/** A counter that goes on to 3 where 0 was expected, after the clock's edge of cycle 6. */
const COUNTER: Counterexample = {
  sequence: 2,
  cycle: 6,
  inputs: { en: '1' },
  expected: { q: '0', full: '1' },
  actual: { q: '3', full: '1' },
  trace: {
    firstCycle: 5,
    inputs: { en: ['0', '1'] },
    expected: { q: ['2', '2', '2', '0'], full: ['0', '0', '0', '1'] },
    actual: { q: ['2', '2', '2', '3'], full: ['0', '0', '0', '1'] },
  },
}
const waves = waveformOf(COUNTER, COUNTER.trace!)

test('an output that differs stands first, expected above got; one that is right has one row', () => {
  expect(waves.rows.map(({ port, kind }) => [port, kind])).toEqual([
    ['q', 'expected'],
    ['q', 'got'],
    ['en', 'input'],
    ['full', 'same'],
  ])
  expect(waves.rows[1]!.isWrong).toEqual([false, false, false, true])
  expect([waves.firstCycle, waves.cycleCount, waves.pointsPerCycle, waves.mismatch]).toEqual([5, 2, 2, 3])
})

test('an input holds through both points of its cycle; what is only 0 and 1 is drawn as high and low', () => {
  expect(waves.rows[2]!.values).toEqual(['0', '0', '1', '1'])
  expect(waves.rows.map(({ isBus }) => isBus)).toEqual([true, true, false, false])
})

test('points with one value are one run, parted where right becomes wrong', () => {
  expect(runsOf(waves.rows[1]!)).toEqual([
    { start: 0, end: 3, value: '2', isWrong: false },
    { start: 3, end: 4, value: '3', isWrong: true },
  ])
})

test('where the reference has no value nothing is wrong; a design without one is', () => {
  const trace = { firstCycle: 0, inputs: { a: ['0', '1'] }, expected: { y: ['x', '1'] }, actual: { y: ['1', 'x'] } }
  const { rows, pointsPerCycle, mismatch } = waveformOf({ ...COUNTER, cycle: 1, trace }, trace)
  expect([rows[1]!.isWrong, pointsPerCycle, mismatch]).toEqual([[false, true], 1, 1])
})

test('a point is told in words', () => {
  expect(pointWords(waves, 3)).toBe('cycle 6, after the clock’s edge')
  expect(valueWords(waves, 3)).toBe('q expected 0, got 3, en 1, full 1')
})
