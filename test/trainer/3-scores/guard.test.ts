import { describe, expect, test } from 'vitest'
import { whyRefused } from '#trainer/3-scores/guard'

const inside = (body: string): string => `module m(input clk, input d, output reg q);\n${body}\nendmodule`

const REFUSED: Readonly<Record<string, string>> = {
  'a system task': inside('initial $finish;'),
  'a task that reads files': inside('reg [7:0] r[0:3]; initial $readmemh("/etc/passwd", r);'),
  'a random number': inside('always @(posedge clk) q <= $random;'),
  include: '`include "/etc/passwd"\n' + inside(''),
  'a macro': '`define X 1\n' + inside('initial q = `X;'),
  'a joined macro name': inside('`"'),
  'an endless loop': inside('initial forever q = ~q;'),
  'an endless loop inside a block': inside('initial begin q = 0; forever q = ~q; end'),
  force: inside('initial force m.q = 1;'),
  bind: inside('bind m other x();'),
  'an import': inside('import "DPI-C" function int f();'),
  'a delay': inside('always #5 q = ~q;'),
  'a delay without a blank': inside('assign#5 w = d;'),
  'a name in another scope': inside('assign w = tb.expected;'),
  'a name in another scope that ends with a digit': inside('assign w = u1.expected;'),
  'the global scope': inside('assign w = $root.x;'),
  'a second module': inside('') + '\nmodule n(); endmodule',
  'a second module on the same line as a comment': 'module n(); endmodule /* */ ' + inside(''),
  'another name': inside('').replace('module m', 'module n'),
  'no module': 'assign q = d;',
  'an instance of itself': inside('m again(clk, d, q);'),
  'a black box': '(* blackbox *)\n' + inside(''),
  'a black box behind another attribute': '(* keep = (1), blackbox *)\n' + inside(''),
  'a free constant': inside('(* anyconst *) reg x;'),
  'an escaped name that hides the rest of its line': inside('wire \\a// ; initial $finish;'),
  'an escaped name that hides all that follows': inside('wire \\a/* ; initial $finish; // */'),
  'a simulation event': inside('event e;'),
  'a primitive': 'primitive p(q, d); endprimitive ' + inside(''),
  'a zero byte': inside('\0'),
  'too much text': inside(' '.repeat(64 * 1024)),
}

const ACCEPTED: Readonly<Record<string, string>> = {
  'a clocked block': inside('always @(posedge clk) q <= d;'),
  'an old delay after a non-blocking assignment': inside('always @(posedge clk) q <= #1 d;'),
  parameters: 'module m #(parameter W = 1)(input clk, input d, output reg q); endmodule',
  'a parameter block on its own line': 'module m\n  #(parameter W = 1)\n(input clk);\nendmodule',
  'functions of the language': inside('always @* q = $signed(d) < $clog2(4);'),
  'a timescale and a default net type': '`timescale 1ns/1ps\n`default_nettype none\n' + inside(''),
  'a forbidden word in a comment': inside('// $finish, `include, force, forever\n/* tb.x */'),
  'a forbidden word in a string': inside('localparam T = "$finish \\" forever";'),
  'a sensitivity list of everything': inside('always @(*) q = d * (d * d);'),
  'an encoding attribute': inside('(* fsm_encoding = "one_hot" *) reg [1:0] s;'),
  'a case attribute': inside('always @* (* full_case *) case (d) 0: q = 1; endcase'),
  'a gate': inside('and g(w, clk, d);'),
  'an end label': inside('always @* q = d;') + ' : m',
}

describe('guard', () => {
  test.each(Object.entries(REFUSED))('refuses %s', (_, code) => expect(whyRefused(code, 'm')).toEqual(expect.any(String)))
  test.each(Object.entries(ACCEPTED))('lets %s pass', (_, code) => expect(whyRefused(code, 'm')).toBeNull())
})
