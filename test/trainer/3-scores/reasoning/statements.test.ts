import { describe, expect, test } from 'vitest'
import type { DesignFacts } from '#trainer/3-scores/reasoning/facts'
import { checkReasoning, requiredKinds } from '#trainer/3-scores/reasoning/statements'

/** A counter of four bits with a carry out. */
const COUNTER: DesignFacts = {
  registers: 4,
  clock: 'rising',
  reset: 'sync high',
  states: null,
  latches: 0,
  outputs: new Map([
    ['q', { width: 4, kind: 'registered' }],
    ['carry', { width: 1, kind: 'combinational' }],
  ]),
}
const GATE: DesignFacts = {
  ...COUNTER,
  registers: 0,
  clock: null,
  reset: 'none',
  outputs: new Map([['y', { width: 4, kind: 'combinational' }]]),
}
const ALL = ['registers: 4', 'clock: rising', 'reset: sync high', 'q: registered', 'carry: combinational']
const valueOf = (lines: readonly string[], facts = COUNTER): number =>
  checkReasoning(lines.join('\n'), facts, requiredKinds(facts)).value

describe('the value of a reasoning', () => {
  test('is 1 when something true is said about all that is asked for', () => {
    expect(valueOf(ALL)).toBe(1)
    expect(valueOf(['First I count.', ...ALL, 'q: width 4', 'latches: none', 'So it is done.'])).toBe(1)
  })

  test('is the share of what is asked for, whatever else is true', () => {
    // 2 of 5.
    expect(valueOf(ALL.slice(0, 2))).toBe(0.4)
    expect(valueOf([...ALL.slice(0, 2), 'q: width 4', 'carry: width 1', 'latches: none'])).toBe(0.4)
    expect(valueOf(['latches: none', 'y: width 4'], GATE)).toBe(0)
  })

  test('counts a repetition once, and what is contradicted against itself', () => {
    expect(valueOf([...ALL, ...ALL])).toBe(1)
    // 5 of 5 + 1 false.
    expect(valueOf([...ALL, 'registers: 3'])).toBeCloseTo(5 / 6)
    // 4 of 5 + 10 false.
    expect(valueOf([...ALL.slice(1), ...Array.from({ length: 10 }, (_, i) => `registers: ${i + 5}`)])).toBeCloseTo(4 / 15)
  })

  test('counts a line that is no statement of the grammar as false', () => {
    expect(valueOf([...ALL, 'speed: high'])).toBeCloseTo(5 / 6)
  })

  test('tells what is false from what nobody can check', () => {
    const { statements } = checkReasoning('registers: 3\nstates: 4\nspeed: high\nq: registered', COUNTER, [])
    expect(statements.map(({ isTrue, isUncheckable = false }) => [isTrue, isUncheckable])).toEqual([
      [false, false],
      [false, true],
      [false, true],
      [true, false],
    ])
  })

  test('is found in linear time', () => {
    const started = performance.now()
    valueOf([`registers: ${' '.repeat(300_000)}4x`, `${'a '.repeat(100_000)}: b`, ...ALL])
    expect(performance.now() - started).toBeLessThan(500)
  })
})
