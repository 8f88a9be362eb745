import { describe, expect, test } from 'vitest'
import { modulesOf } from '#trainer/verilog/modules'

const portsOf = (code: string): string[] =>
  modulesOf(code)[0]!.ports.map(({ name, direction, width }) => `${direction} ${name} ${width}`)

describe('modules of a source', () => {
  test.each([
    [
      'module m(input clk, input wire [3:0] a, b, output reg q); endmodule',
      ['input clk 1', 'input a 4', 'input b 4', 'output q 1'],
    ],
    ['module m #(parameter W = 4, N = 2)(input signed [7:0] a, output logic y); endmodule', ['input a 8', 'output y 1']],
    ['module m(a, b, y); input [1:0] a, b; output y; reg y; endmodule', ['input a 2', 'input b 2', 'output y 1']],
    ['module m(input [W-1:0] a, inout p); endmodule', ['input a null', 'inout p 1']],
    ['module m(output reg q = 0, input d); endmodule', ['output q 1', 'input d 1']],
    ['module m; endmodule', []],
    ['module m(); endmodule', []],
  ])('%s', (code, expected) => expect(portsOf(code)).toEqual(expected))

  test('are found in their order, with their places', () => {
    const code = '// module x;\nmodule a; endmodule\nmodule b(input i);\nendmodule // end'
    expect(modulesOf(code).map(({ name, start, end }) => [name, code.slice(start, end)])).toEqual([
      ['a', 'module a; endmodule'],
      ['b', 'module b(input i);\nendmodule'],
    ])
  })

  test('one that does not end goes on to the end', () => {
    expect(modulesOf('module a(input i); assign x = 1;')).toMatchObject([{ name: 'a', end: 32 }])
  })

  test('name what they instantiate, and nothing else', () => {
    const code = `module m(input a); wire w;
      n u1(a, w); n #(.W(2), .V(f(3))) u2 (.a(a)); n u3[3:0](a);
      and g(w, a, a); assign w = f(a); always @(posedge a) begin : label if (a) t(a); end
      function f(input x); f = x; endfunction
      endmodule`
    expect(modulesOf(code)[0]!.instances).toEqual([
      { module: 'n', name: 'u1' },
      { module: 'n', name: 'u2' },
      { module: 'n', name: 'u3' },
    ])
  })
})
