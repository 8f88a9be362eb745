import { describe, expect, test } from 'vitest'
import type { Score } from '#contract/score'
import { functionalVerdict } from '#trainer/3-scores/functional-verdict'
import type { TestbenchResult } from '#trainer/3-scores/testbench/result'

const passes: Score = { value: 1, outcome: 'passed', evidence: { summary: 'netlist' } }
const fails: Score = { value: 0.25, outcome: 'partial', evidence: { summary: 'netlist' } }
const yes: TestbenchResult = { outcome: 'passed', cycles: 10 }
const no: TestbenchResult = { outcome: 'failed', matchingCycles: 6, cycles: 10, summary: '4 cycles differ.' }
const limit: TestbenchResult = { outcome: 'tool-limit', reason: 'sorry: casts.' }

describe('the functional score', () => {
  test('of the testbench is the share of matching cycles above what doing nothing gets: (0.6 - 0.2) / 0.8', () => {
    const verdict = functionalVerdict('testbench', null, no, 0.2)
    expect(verdict).toMatchObject({ outcome: 'partial', evidence: { cycles: 10, matchingCycles: 6 } })
    expect((verdict as { value: number }).value).toBeCloseTo(0.5, 12)
    expect(functionalVerdict('testbench', null, yes, 0.2)).toMatchObject({ value: 1, outcome: 'passed' })
  })

  test('what the simulator does not know is decided by the netlist', () => {
    expect(functionalVerdict('testbench', passes, limit, 0)).toBe(passes)
    expect(functionalVerdict('both', fails, limit, 0)).toBe(fails)
    expect(functionalVerdict('testbench', null, limit, 0)).toMatchObject({ value: 0 })
  })

  test('two judges that agree give the netlist’s score', () => {
    expect(functionalVerdict('both', passes, yes, 0)).toBe(passes)
    expect(functionalVerdict('both', fails, no, 0)).toBe(fails)
  })

  test('two judges that disagree give no reward, and say who said what', () => {
    const verdict = functionalVerdict('both', passes, no, 0)
    expect(verdict).toMatchObject({ value: 0, outcome: 'judges-disagree' })
    expect(verdict).toMatchObject({
      evidence: { summary: 'The netlist judge passes it, the testbench judge does not: 4 cycles differ.' },
    })
    expect(functionalVerdict('both', fails, yes, 0)).toMatchObject({ outcome: 'judges-disagree' })
  })

  test('a forged verdict, a timeout and what does not compile earn nothing', () => {
    for (const result of [
      { outcome: 'forged', summary: '' },
      { outcome: 'timeout', summary: '', wasCompiled: true },
      { outcome: 'tool-crash', summary: '' },
      { outcome: 'compile-error', diagnostics: [] },
    ] as const) {
      expect(functionalVerdict('testbench', passes, result, 0)).toMatchObject({ value: 0 })
    }
  })

  test('a task that no judge can decide is unscored', () => {
    expect(functionalVerdict('netlist', null, yes, 0)).toHaveProperty('unscored')
    expect(functionalVerdict('both', null, null, 0)).toHaveProperty('unscored')
  })
})
