import { describe, expect, test } from 'vitest'
import { toolTextOf } from '#trainer/verilog/tool-text'

describe('the text that tools read', () => {
  test.each([
    ['// synthesis translate_off', ' '.repeat(26)],
    ['/* synopsys translate_on */ x', `${' '.repeat(28)}x`],
    ['a /* one\ntwo */ b', 'a       \n       b'],
    ['"// a string" // a comment', `"// a string" ${' '.repeat(12)}`],
  ])('%j becomes %j', (code, expected) => {
    expect(toolTextOf(code)).toBe(expected)
  })

  test.each(['// synopsys full_case parallel_case', '/* synthesis full_case */', '// synthesis parallel_case'])(
    'advice on a case statement stays: %s',
    (advice) => {
      expect(toolTextOf(`case (a) ${advice}\n`)).toBe(`case (a) ${advice}\n`)
    },
  )

  test('advice with something else in it goes', () => {
    expect(toolTextOf('/* synthesis full_case translate_off */').trim()).toBe('')
  })
})
