import { describe, expect, test } from 'vitest'
import { bracketPartners, meaningfulTokens, tokensOf, withNamesReplaced } from '#trainer/verilog/tokens'

const kinds = (code: string): string[] => meaningfulTokens(code).map(({ kind, text }) => `${kind} ${text}`)

describe('tokens', () => {
  test.each([
    ["8'hFF + 'd 5 - 1_000", ["number 8'hFF", 'symbol +', "number 'd 5", 'symbol -', 'number 1_000']],
    ['3.5e-2 10ns', ['number 3.5e-2', 'number 10ns']],
    ["{4{1'bx}}", ['symbol {', 'number 4', 'symbol {', "number 1'bx", 'symbol }', 'symbol }']],
    ['"a // b" c', ['string "a // b"', 'word c']],
    ['"a \\" b" c', ['string "a \\" b"', 'word c']],
    ['"not closed\nc', ['string "not closed', 'word c']],
    ['a /* "b" */ c', ['word a', 'word c']],
    ['// "\nc', ['word c']],
    ['a /* not closed', ['word a']],
    ['\\a//b c', ['escaped \\a//b', 'word c']],
    ['`"x``y', ['directive `"', 'word x', 'directive ``', 'word y']],
    ['@(*) ( * )', ['symbol @', 'symbol (*)', 'symbol ( * )']],
    ['(* keep *) u(.*)', ['symbol (*', 'word keep', 'symbol *)', 'word u', 'symbol (', 'symbol .', 'symbol *', 'symbol )']],
    ['$display $signed', ['system $display', 'system $signed']],
    ['a<=b <<< 2', ['word a', 'symbol <=', 'word b', 'symbol <<<', 'number 2']],
  ])('of %s', (code, expected) => expect(kinds(code)).toEqual(expected))

  test('joined are the source, whatever it is', () => {
    const pieces = ['/', '*', '"', '\\', '`', '(', ')', "'", 'b', '1', '$', ' ', '\n', '\r\n', 'é', '😀', '.', '#']
    let state = 12345
    for (let i = 0; i < 2_000; i++) {
      const code = Array.from(
        { length: 12 },
        () => pieces[(state = (state * 1103515245 + 12345) % 2 ** 31) % pieces.length],
      ).join('')
      expect(
        tokensOf(code)
          .map(({ text }) => text)
          .join(''),
      ).toBe(code)
      for (const { text, start } of tokensOf(code)) expect(code.startsWith(text, start)).toBe(true)
    }
  })

  test('a bracket knows its partner; one without has none', () => {
    expect([...bracketPartners(meaningfulTokens('( [ ] ) ('))]).toEqual([3, 2, 1, 0, -1])
  })

  test('names are replaced in code only', () => {
    const names = new Map([['verified_m', 'm']])
    expect(withNamesReplaced('module verified_m; // verified_m\n "verified_m" verified_m2', names)).toBe(
      'module m; // verified_m\n "verified_m" verified_m2',
    )
  })
})
