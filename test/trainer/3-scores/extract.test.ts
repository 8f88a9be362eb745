import { describe, expect, test } from 'vitest'
import { extract } from '#trainer/3-scores/extract'
import { withoutComments } from '#trainer/verilog/comments'

const A = 'module a(input x, output y);\n  assign y = x;\nendmodule'
const B = A.replace('module a', 'module b')
const fence = (code: string, tag = 'verilog'): string => `\`\`\`${tag}\n${code}\n\`\`\``

describe('extract', () => {
  test('takes the text of the reason block and the module of the fence', () => {
    expect(extract(`<reason>\ny: combinational\n</reason>\n${fence(A)}`)).toEqual({ reasoning: 'y: combinational', code: A })
  })

  test('takes the last fenced module when there are several', () => {
    expect(extract(`${fence(A)}\nbetter:\n${fence(B)}`).code).toBe(B)
  })

  test('a later fence without a module does not hide the module', () => {
    expect(extract(`${fence(A)}\n${fence('y = x')}`).code).toBe(A)
  })

  test.each([
    ['no fence', A],
    ['a fence that is not closed', `\`\`\`verilog\n${A}`],
    ['a fence of another language', fence(A, 'python')],
    ['a fence without a module', fence('assign y = x;')],
    ['a module without its end', fence(A.replace('endmodule', ''))],
    ['a module in a comment', fence(`/*\n${A}\n*/`)],
    ['nothing', ''],
  ])('finds no module in %s', (_, completion) => expect(extract(completion).code).toBeNull())

  test('a reason block that is not closed says nothing', () => {
    expect(extract(`<reason>\ny: combinational\n${fence(A)}`).reasoning).toBe('')
  })
})

describe('comments and strings', () => {
  test('are blanked, so that lines and columns stay', () => {
    expect(withoutComments('a // b\nc /* d\ne */ f "g//" h')).toBe('a     \nc     \n     f       h')
  })

  test('a comment mark in a string and a quote in a comment start nothing', () => {
    expect(withoutComments('"/*" a // "\nb')).toBe('     a     \nb')
  })
})
