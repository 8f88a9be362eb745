import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { secondsOf } from '#test/support/processor-time'
import { extract } from '#trainer/3-scores/extract'
import { withoutComments } from '#trainer/verilog/comments'
import { tokensOf } from '#trainer/verilog/tokens'

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

/** What extract is to give, said with plain patterns that take their time. */
function slowExtract(completion: string): unknown {
  const reasoning = /<reason>([\s\S]*?)<\/reason>/.exec(completion)?.[1] ?? ''
  const fences = [...completion.matchAll(/```(?:verilog|systemverilog|v|sv)[ \t]*\r?\n([\s\S]*?)```/gi)].map((match) => match[1]!)
  const code = fences.filter((fence) => /\bmodule\b[\s\S]*\bendmodule\b/.test(blanked(fence))).at(-1) ?? null
  return { reasoning: reasoning.trim(), code: code?.trim() ?? null }
}

function blanked(code: string): string {
  return tokensOf(code)
    .map(({ kind, text }) => (kind === 'comment' || kind === 'string' ? text.replace(/[^\n]/g, ' ') : text))
    .join('')
}

/** As it was before strings ended with their line; right where each string is closed. */
function formerlyBlanked(code: string): string {
  return code.replace(/\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|"(?:\\.|[^"\\\n])*"/g, (match) => match.replace(/[^\n]/g, ' '))
}

const textOf = (...pieces: string[]): fc.Arbitrary<string> =>
  fc.array(fc.constantFrom(...pieces), { maxLength: 24 }).map((chosen) => chosen.join(''))
const CODE = ['module', 'endmodule', ' ', '\n', '\r', '"', '/', '*', '//', '/*', '*/', 'm', '1', "'", '$', ';', '(', ')']

describe('on whatever is written', () => {
  test('extract gives what its slow definition gives', () => {
    const pieces = [
      '```v\n',
      '```verilog \t\r\n',
      '```SV\n',
      '```v ',
      '```',
      '`',
      '<reason>',
      '</reason>',
      '<reason',
      '\\',
      ...CODE,
    ]
    fc.assert(
      fc.property(textOf(...pieces), (text) => {
        expect(extract(text)).toEqual(slowExtract(text))
      }),
      { numRuns: 3_000 },
    )
  })

  test('comments and strings are what the tokens say', () => {
    fc.assert(
      fc.property(textOf('\\', '\\"', '`', '`"', '\\\n', '\u00a0', ...CODE), (text) => {
        expect(withoutComments(text)).toBe(blanked(text))
      }),
      { numRuns: 3_000 },
    )
  })

  test('and what they were before, where every string is closed', () => {
    fc.assert(
      fc.property(textOf('"a"', '"\\""', '"//"', '"/*"', '""', ...CODE.filter((piece) => piece !== '"')), (text) => {
        expect(withoutComments(text)).toBe(formerlyBlanked(text))
      }),
      { numRuns: 3_000 },
    )
  })
})

describe('any text, 4 MB of it, is read in a moment', () => {
  const fill = (piece: string): string => piece.repeat(Math.ceil(4e6 / piece.length))
  const inFence = (code: string): string => fence(`module ${code}`, 'v')
  test.each([
    ['reasons that are not closed', fill('<reason>')],
    ['reasons that are closed', fill('<reason></reason>')],
    ['one long string', inFence(`"${fill('a')}`)],
    ['one long string of escapes', inFence(`"${fill('\\"')}`)],
    ['strings that are not closed', inFence(fill('"\\'))],
    ['strings that are not closed, in lines', inFence(fill('"a\n'))],
    ['strings that are closed', inFence(fill('"a"'))],
    ['escaped names', inFence(fill('\\a '))],
    ['one escaped name', inFence(fill('\\'))],
    ['one long comment', inFence(`/${fill('*')}`)],
    ['comments that are not closed', inFence(fill('/*'))],
    ['comments that are closed', inFence(fill('/**/'))],
    ['slashes', inFence(fill('/'))],
    ['line comments', inFence(fill('//\n'))],
    ['modules without an end', inFence(fill('module '))],
    ['ends without a module', fence(fill('endmodule '), 'v')],
    ['almost ends', inFence(fill('endmodul '))],
    ['fences', fill('```v\n')],
    ['fences with modules without an end', fill('```v\nmodule\n```\n')],
    ['fences with almost an end', fill('```v\n"\\module\n```\n')],
    ['a fence with blanks', fill(`\`\`\`v${' '.repeat(100)}`)],
    ['a fence with only blanks', `\`\`\`v${fill('\t')}`],
    ['quotes', fill('`')],
    ['blanks', fill(' ')],
  ])('%s', (_, completion) => expect(secondsOf(() => extract(completion))).toBeLessThan(2))

  test('also where a pattern would run out of stack', () => {
    expect(extract(fence(`module "${'a'.repeat(3e7)}`)).code).toBeNull()
  })
})

describe('comments and strings', () => {
  test('are blanked, so that lines and columns stay', () => {
    expect(withoutComments('a // b\nc /* d\ne */ f "g//" h')).toBe('a     \nc     \n     f       h')
  })

  test('a comment mark in a string and a quote in a comment start nothing', () => {
    expect(withoutComments('"/*" a // "\nb')).toBe('     a     \nb')
  })

  test('a string that is not closed ends with its line', () => {
    expect(withoutComments('a "b // c\nd "e\\\nf" g')).toBe('a        \nd    \n   g')
  })
})
