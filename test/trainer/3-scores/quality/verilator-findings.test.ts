import { describe, expect, test } from 'vitest'
import { secondsOf } from '#test/support/processor-time'
import { verilatorFindings } from '#trainer/3-scores/quality/verilator-findings'

const WARNING = '%Warning-WIDTH: zz_lint.v:7:1: '

describe('a log of Verilator, which a testbench may have written', () => {
  const fill = (piece: string): string => piece.repeat(Math.ceil(8e6 / piece.length))
  test.each([
    ['dots', `${WARNING}${fill('.')}x`],
    ['blanks', `${WARNING}${fill(' ')}x`],
    ['sizes', WARNING + fill('expects 1 bits ')],
    ['quotes', WARNING + fill("'a")],
    ['places', `%Warning-WIDTH: ${fill('a:1')}`],
    ['many dots', fill(`${WARNING}${'.'.repeat(900)}x\n`)],
    ['many sizes', fill(`${WARNING}${'expects 1 bits '.repeat(60)}\n`)],
    ['blank lines', fill('\n')],
    ['warnings', fill(`${WARNING}x\n`)],
  ])('is read in a moment, 8 MB of it: %s', (_, log) => expect(secondsOf(() => verilatorFindings(log))).toBeLessThan(0.7))

  test('counts up to its first megabyte, a long line as the line that it is', () => {
    const log = `${WARNING}${'x'.repeat(2_000)}\n${WARNING}y\n${' '.repeat(1e6)}\n${WARNING}z\n`
    expect(verilatorFindings(log).map(({ line, message }) => [line, message])).toEqual([
      [7, `Verilator warns: ${'x'.repeat(300)}`],
      [7, 'Verilator warns: y'],
    ])
  })

  test('has its last full stops and blanks cut off, those inside stay', () => {
    expect(verilatorFindings(`${WARNING}a. b... . \n`)[0]!.message).toBe('Verilator warns: a. b')
  })
})
