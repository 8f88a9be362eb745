import { describe, expect, test } from 'vitest'
import { statedInterface } from '#trainer/1-tasks/import/interface'

const HEADER = 'module m(input a, output [3:0] sum);'
const CODE = `${HEADER}\n  assign sum = {4{a}};\nendmodule\n`

describe('the interface in an instruction', () => {
  test('words that say the name and all ports stay as they are', () => {
    const words = 'Module m has the input a and the output sum.'
    expect(statedInterface(words, 'm', CODE)).toBe(words)
  })

  test.each([
    ['a port', 'Module m has the input a.'],
    ['that a letter is a port', 'Write a module m that gives a sum.'],
  ])('words without %s get the header', (_, words) =>
    expect(statedInterface(words, 'm', CODE)).toBe(`${words}\n\nIts interface:\n\n${HEADER}`),
  )

  test('words without the name get it', () => {
    expect(statedInterface('Input a, output sum.', 'm', CODE)).toBe(
      `Input a, output sum.\n\nThe module must be named m. Its interface:\n\n${HEADER}`,
    )
    expect(statedInterface('Invert it.', 'm', null)).toBe('Invert it.\n\nThe module must be named m.')
  })

  test('a name within another word, or with a dollar sign, does not count', () =>
    expect(statedInterface('The maximum m$ of it.', 'm', null)).toContain('must be named m.'))

  test('a header that only names its ports comes with their declarations and parameters, and with nothing of the body', () => {
    const old = `module m(a, y);
  parameter W = 8; // wide; really
  input [W-1:0] a;
  output reg [W-1:0] y;
  function [7:0] turned; input [7:0] x; turned = ~x; endfunction
  always @(*) y = turned(a);
endmodule`
    expect(statedInterface('Turn it.', 'm', old)).toBe(
      'Turn it.\n\nThe module must be named m. Its interface:\n\nmodule m(a, y);\n  parameter W = 8;\n  input [W-1:0] a;\n  output reg [W-1:0] y;',
    )
  })

  test('a semicolon in a comment of the header does not end it', () => {
    const commented = 'module m(input a, // clock; rising\n  output y);\n  assign y = a;\nendmodule'
    expect(statedInterface('Pass it.', 'm', commented)).toMatch(/rising\n {2}output y\);$/)
  })

  test('a module that is nothing but semicolons, ports and parameters takes linear time', () => {
    const many = (text: (i: number) => string): string => Array.from({ length: 60_000 }, (_, i) => text(i)).join('')
    const hostile = `module m(a); // ${';'.repeat(100_000)}\n${many((i) => `input p${i}; parameter q${i} = 1;`)}endmodule`
    const words = `module m, input ${many((i) => `p${i} `)}`
    expect(statedInterface(words, 'm', hostile)).toBe(words)
    expect(statedInterface('m', 'm', hostile)).toContain('parameter q59999 = 1;')
  })
})
