import { describe, expect, test } from 'vitest'
import type { VerdictRule } from '#contract/task'
import { verdictOf } from '#trainer/3-scores/testbench/verdict'

const verdict = (rule: VerdictRule, stdout: string, vectors: string | null = null, expected = ''): string =>
  verdictOf({ rule, files: [], top: null, expected }, stdout, vectors).outcome

describe('a verdict', () => {
  test.each<[string, VerdictRule, string, string]>([
    ['no mismatch', 'mismatch-count', 'Hint: Output y has no mismatches.\nMismatches: 0 in 100 samples\n', 'passed'],
    ['a mismatch', 'mismatch-count', 'Mismatches: 1 in 100 samples\n', 'failed'],
    ['no samples', 'mismatch-count', 'Mismatches: 0 in 0 samples\n', 'failed'],
    ['a testbench that gave up', 'mismatch-count', 'TIMEOUT\nMismatches: 0 in 100 samples\n', 'forged'],
    ['the words inside others', 'mismatch-count', 'so Mismatches: 0 in 100 samples\n', 'failed'],
    ['two verdicts', 'mismatch-count', 'Mismatches: 0 in 9 samples\nMismatches: 3 in 100 samples\n', 'forged'],
    ['words behind the verdict', 'mismatch-count', 'Mismatches: 0 in 100 samples\nmore\n', 'forged'],
    [
      'the simulator’s own note behind it',
      'mismatch-count',
      'Mismatches: 0 in 100 samples\ntb.sv:9: $finish called at 10 (1ps)\n',
      'passed',
    ],
    ['no verdict', 'mismatch-count', '', 'failed'],
    ['a design that passed', 'design-passed', '===========Your Design Passed===========\n', 'passed'],
    ['the same with blanks', 'design-passed', '=========== Your Design Passed ===========\n', 'passed'],
    ['“pass” inside other words', 'design-passed', 'first pass done\nPassword\n', 'failed'],
    ['the words without their frame', 'design-passed', 'Your Design Passed\n', 'failed'],
    ['an error', 'design-passed', '===========Error===========\n', 'failed'],
    ['several errors', 'design-passed', '===========Error===========\n===========Failed===========\n', 'failed'],
    [
      'a count of failures, padded',
      'design-passed',
      '===========Test completed with          3 /        100 failures===========\n',
      'failed',
    ],
    ['an error and a pass', 'design-passed', '===========Error===========\n===========Your Design Passed===========\n', 'forged'],
    ['all tests passed', 'all-tests-passed', 'test 1 ok\nall tests passed\n', 'passed'],
    ['not all tests passed', 'all-tests-passed', 'not all tests passed\n', 'failed'],
    ['a whole summary', 'all-tests-passed', 'Test Summary: 9/9 tests passed\n', 'passed'],
    ['a padded summary', 'all-tests-passed', 'Test Summary:          9/         9 tests passed\n', 'passed'],
    ['a summary with a failure', 'all-tests-passed', 'Test Summary: 8/9 tests passed\n', 'failed'],
    ['a summary of nothing', 'all-tests-passed', 'Test Summary: 0/0 tests passed\n', 'failed'],
  ])('of %s', (_, rule, stdout, outcome) => expect(verdict(rule, stdout)).toBe(outcome))

  test.each<[string, string | null, string, string]>([
    ['the same', '1 2\n3\n', '1 2\n3\n', 'passed'],
    ['the same but for blanks', '1   2 \r\n\n3', '1 2\n3\n', 'passed'],
    ['a line less', '1 2\n', '1 2\n3\n', 'failed'],
    ['a line more', '1 2\n3\n4\n', '1 2\n3\n', 'failed'],
    ['another line', '1 2\n4\n', '1 2\n3\n', 'failed'],
    ['none', null, '1 2\n', 'failed'],
    ['nothing where nothing is expected', '', '', 'failed'],
  ])('by vectors that are %s', (_, written, expected, outcome) => {
    expect(verdict('vector-file', '', written, expected)).toBe(outcome)
  })
})
