import { describe, expect, test } from 'vitest'
import { secondsOf } from '#test/support/processor-time'
import type { OwnTestbench, VerdictRule } from '#contract/task'
import { verdictOf } from '#trainer/3-scores/testbench/verdict'

const verdict = (rule: VerdictRule, stdout: string, vectors: string | null = null, expected = ''): string =>
  verdictOf({ rule, files: [], top: null, expected }, stdout, vectors).outcome

describe('a verdict', () => {
  test.each<[string, VerdictRule, string, string]>([
    ['no mismatch', 'mismatch-count', 'Hint: Output y has no mismatches.\nMismatches: 0 in 100 samples\n', 'passed'],
    ['a mismatch', 'mismatch-count', 'Mismatches: 1 in 100 samples\n', 'failed'],
    ['no samples', 'mismatch-count', 'Mismatches: 0 in 0 samples\n', 'failed'],
    ['a testbench that gave up', 'mismatch-count', 'TIMEOUT\nMismatches: 0 in 100 samples\n', 'failed'],
    ['the words inside others', 'mismatch-count', 'so Mismatches: 0 in 100 samples\n', 'failed'],
    ['two verdicts', 'mismatch-count', 'Mismatches: 0 in 9 samples\nMismatches: 3 in 100 samples\n', 'forged'],
    ['words behind the verdict', 'mismatch-count', 'Mismatches: 0 in 100 samples\nmore\n', 'forged'],
    [
      'the simulator’s own note behind it',
      'mismatch-count',
      'Mismatches: 0 in 100 samples\ntb.sv:9: $finish called at 10 (1ps)\n',
      'passed',
    ],
    [
      'its own note twice, blank lines between',
      'mismatch-count',
      'Mismatches: 0 in 9 samples\r\n\ntb.v:1: $stop called at 1\n \ntb.v:2: $finish called at 2\n\n',
      'passed',
    ],
    ['its own note before it', 'mismatch-count', 'tb.v:1: $stop called at 1\nMismatches: 0 in 9 samples', 'passed'],
    [
      'what only looks like a note behind it',
      'mismatch-count',
      'Mismatches: 0 in 9 samples\nso tb.v:1: $stop called at 1\n',
      'forged',
    ],
    ['a verdict in a line of more than 500 characters', 'design-passed', `${'='.repeat(500)}Your Design Passed=\n`, 'failed'],
    [
      'a line of more than 500 characters behind it',
      'mismatch-count',
      `Mismatches: 0 in 9 samples\n${'x'.repeat(501)}\n`,
      'forged',
    ],
    ['a verdict behind a lone carriage return', 'mismatch-count', 'x\rMismatches: 0 in 9 samples\n', 'failed'],
    ['more samples than can be counted', 'mismatch-count', `Mismatches: 0 in ${'9'.repeat(400)} samples\n`, 'failed'],
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
    ['blanks only, where one is expected', ' \n\t\r\n\u00a0\n', '1\n', 'failed'],
    ['the same with blank lines of any kind', '\n\u00a0\n1\u2003 2\n\t\n', '1 2\n', 'passed'],
  ])('by vectors that are %s', (_, written, expected, outcome) => {
    expect(verdict('vector-file', '', written, expected)).toBe(outcome)
  })
})

describe('a verdict that fails', () => {
  const summaryOf = (rule: VerdictRule, stdout: string, written: string | null = null, expected = ''): unknown =>
    verdictOf({ rule, files: [], top: null, expected }, stdout, written)

  test('tells the last words where there is none, finish notes apart', () => {
    const stdout = 'hello\n  good bye \ntb.v:3: $finish called at 7\n'
    expect(summaryOf('all-tests-passed', stdout)).toMatchObject({
      summary: 'The testbench gave no verdict; its last words: good bye.',
    })
  })

  test('counts its last word', () => {
    const stdout = 'Test Summary: 2/4 tests passed\nTest Summary: 3/4 tests passed\nbye\n'
    expect(summaryOf('all-tests-passed', stdout)).toMatchObject({ matchingCycles: 3, cycles: 4 })
  })

  test('counts every line of vectors that is not as it should be', () => {
    expect(summaryOf('vector-file', '', '1\n\n3\n2\n5\n', '1\n2\n\n2\n')).toMatchObject({ matchingCycles: 2, cycles: 4 })
  })
})

describe('any output, 4 MB of it, is read in a moment', () => {
  const fill = (piece: string): string => piece.repeat(Math.ceil(4e6 / piece.length))
  test.each([
    ['a count of failures that never ends', `===Test completed with 1${' '.repeat(4e6)}x\n`],
    ['many long such counts', fill(`===Test completed with 1${' '.repeat(400)}x\n`)],
    ['the frame', fill('=')],
    ['many frames', fill(`${'='.repeat(240)}Error${'='.repeat(240)}x\n`)],
    ['short lines', fill('a\n')],
    ['blank lines', fill('\n')],
    ['blanks', fill(' ')],
    ['carriage returns', fill('\r')],
    ['lines with blanks around', fill(`${' '.repeat(300)}x${' '.repeat(300)}\n`)],
    ['finish notes', fill('a:1: $stop called at 1\n')],
    ['what begins like a finish note', fill('a:1')],
    ['colons', fill(':1:')],
    ['passes', fill('all tests passed\n')],
    ['failures', fill('===Error===\n')],
    ['mismatches', fill('Mismatches: 1 in 1 samples\n')],
    ['summaries', fill('Test Summary: 1/1\n')],
    ['padded summaries', fill(`Test Summary:${' '.repeat(200)}1${' '.repeat(200)}\n`)],
  ])('%s', (_, stdout) => {
    for (const rule of ['mismatch-count', 'design-passed', 'all-tests-passed'] as const) {
      expect(secondsOf(() => verdict(rule, stdout))).toBeLessThan(0.5)
    }
    expect(secondsOf(() => verdict('vector-file', '', stdout, '1\n2\n'))).toBeLessThan(0.5)
  })
})

test('a testbench that gives up on the reference as well is taken at its word', () => {
  const bench: OwnTestbench = { rule: 'mismatch-count', files: [], top: null, expected: null, runsOut: true }
  expect(verdictOf(bench, 'TIMEOUT\nMismatches: 0 in 100 samples\n', null)).toEqual({ outcome: 'passed', cycles: 100 })
  expect(verdictOf(bench, 'TIMEOUT\nMismatches: 2 in 100 samples\n', null).outcome).toBe('failed')
})

test.each([
  '===========Error===========          3',
  '===========Failed===========           x',
  'Test completed with           4 errors.',
])('a failure with its count is a verdict: %s', (line) => {
  const bench: OwnTestbench = { rule: 'design-passed', files: [], top: null, expected: null }
  expect(verdictOf(bench, `${line}\n`, null)).toMatchObject({
    outcome: 'failed',
    summary: '1 of 1 checks of the testbench fail.',
  })
  expect(verdictOf(bench, `===========Your Design Passed===========\n${line}\n`, null).outcome).toBe('forged')
})
