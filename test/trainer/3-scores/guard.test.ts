import { describe, expect, test } from 'vitest'
import { REFUSALS, type Refusal } from '#contract/score'
import { whyRefused } from '#trainer/3-scores/guard'

const TASK = { moduleName: 'm', names: { modules: ['tb', 'RefModule', 'top'], scopes: ['tb', 'dut'], globals: ['faults'] } }
const inside = (body: string): string => `module m(input clk, input d, output reg q);\n${body}\nendmodule`

const REFUSED: Readonly<Record<string, readonly [Refusal, string]>> = {
  'a system task': ['system-task', inside('initial $finish;')],
  'a task that reads files': ['system-task', inside('reg [7:0] r[0:3]; initial $readmemh("/etc/passwd", r);')],
  'a random number': ['system-task', inside('always @(posedge clk) q <= $random;')],
  include: ['directive', '`include "/etc/passwd"\n' + inside('')],
  'a macro': ['directive', '`define X 1\n' + inside('initial q = `X;')],
  'a joined macro name': ['directive', inside('`"')],
  'an endless loop': ['endless-loop', inside('initial forever q = ~q;')],
  'an endless loop inside a block': ['endless-loop', inside('initial begin q = 0; forever q = ~q; end')],
  force: ['force', inside('initial force m.q = 1;')],
  bind: ['bind', inside('bind m other x();')],
  'an import': ['foreign-code', inside('import "DPI-C" function int f();')],
  'a delay': ['delay', inside('always #5 q = ~q;')],
  'a delay without a blank': ['delay', inside('assign#5 w = d;')],
  'a delay in brackets': ['delay', inside('initial begin #(5) q = 1; end')],
  'a delay behind the label of a block': ['delay', inside('initial begin : a #(5) b (q); end')],
  'a delay of a gate': ['delay', inside('and #(3) g(w, clk, d);')],
  'a name in another scope': ['hierarchical-name', inside('assign w = tb.expected;')],
  'a name in another scope that ends with a digit': ['hierarchical-name', inside('assign w = u1.expected;')],
  'a name in a generated scope': ['hierarchical-name', inside('assign w = g[0].x;')],
  'a name in another scope beside a struct': ['hierarchical-name', inside('struct packed {logic a;} s; assign w = s.a & tb.a;')],
  'the global scope': ['hierarchical-name', inside('assign w = $root.x;')],
  'a package': ['hierarchical-name', inside('assign w = p::x;')],
  'a parameter set from outside': ['hierarchical-name', inside('defparam u.W = 3;')],
  'another name': ['wrong-module', inside('').replace('module m', 'module n')],
  'no module': ['wrong-module', 'assign q = d;'],
  'nothing but a comment': ['wrong-module', '// module m; endmodule'],
  'a module that is there twice': ['repeated-module', `${inside('')}\n${inside('')}`],
  'a module within another': ['declaration', inside('module n; endmodule')],
  'something outside of the module': ['outside-module', 'wire w; ' + inside('')],
  'an instance of itself': ['recursion', inside('m again(clk, d, q);')],
  'an instance of itself through another': [
    'recursion',
    inside('n u(clk);') + ' module n(input clk); m u(clk, clk, ); endmodule',
  ],
  'an instance of the reference': ['reserved-name', inside('RefModule u(clk, d, q);')],
  'an array of instances of the reference': ['reserved-name', inside('RefModule u[1:0] (clk, d, q);')],
  'a module named like the testbench': ['reserved-name', inside('') + ' module tb; endmodule'],
  'a name of our own testbench': ['reserved-name', inside('wire zz_tb_1;')],
  'an instance of what it does not bring': ['reserved-name', inside('adder #(.W(4)) u(clk, d, q);')],
  'a second top': ['stray-module', inside('') + ' module n(input clk); endmodule'],
  'a black box': ['attribute', '(* blackbox *)\n' + inside('')],
  'a black box behind another attribute': ['attribute', '(* keep = (1), blackbox *)\n' + inside('')],
  'a free constant': ['attribute', inside('(* anyconst *) reg x;')],
  'an escaped name that hides the rest of its line': ['escaped-name', inside('wire \\a// ; initial $finish;')],
  'an escaped name that hides all that follows': ['escaped-name', inside('wire \\a/* ; initial $finish; // */')],
  'a simulation event': ['simulation-only', inside('event e;')],
  'an assertion': ['simulation-only', inside('always @* assert (d);')],
  'a primitive': ['declaration', 'primitive p(q, d); endprimitive ' + inside('')],
  'a zero byte': ['not-text', inside('\0')],
  'a blank that is none to us': ['not-text', inside('RefModule\b u(clk, d, q);')],
  'a page end': ['not-text', inside('\f')],
  'a return that ends no line': ['not-text', inside('wire\rw;')],
  'letters of other scripts': ['not-text', inside('wire größe;')],
  'a struct named like the testbench': ['hierarchical-name', inside('struct packed {logic a;} tb; assign w = tb.errors;')],
  'a block named like an instance of the testbench': ['hierarchical-name', inside('if (1) begin : dut end assign w = dut.d;')],
  'a variable of the testbench': ['reserved-name', inside('always @* faults = 0;')],
  'a switch': ['simulation-only', inside('tran t(d, q);')],
  'a pull': ['simulation-only', inside('pullup p(d);')],
  'too much text': ['too-long', inside(' '.repeat(64 * 1024))],
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
  'a module of its own':
    inside('n #(.W(4)) u(.clk(clk), .d);') + '\nmodule n #(parameter W = 1)(input clk, input d);\nendmodule : n',
  'members of its own struct': inside(
    'typedef struct packed {logic a; logic [1:0] b;} t; t s, r [1:0]; assign w = s.a & r[0].b[1];',
  ),
  'a signal called like a module of the testbench': inside('reg top; always @(posedge clk) top <= d;'),
  'lines that end as on Windows': inside('wire w;\nassign w = d;').replaceAll('\n', '\r\n'),
  'any sign in a comment': inside('// größe \b \f'),
  'a name in a block of its own': inside('genvar i; for (i = 0; i < 2; i = i + 1) begin : st wire w; end assign q = st[1].w;'),
  'connections by name': inside('n u(.*);') + ' module n(input clk); endmodule',
  'an end label': inside('always @* q = d;') + ' : m',
}

describe('guard', () => {
  test.each(Object.entries(REFUSED))('refuses %s', (_, [refusal, code]) => {
    expect(whyRefused(code, TASK)).toEqual({ refusal, why: expect.any(String) })
  })
  test.each(Object.entries(ACCEPTED))('lets %s pass', (_, code) => expect(whyRefused(code, TASK)).toBeNull())

  test('knows no refusal that it never gives', () => {
    expect(new Set(Object.values(REFUSED).map(([refusal]) => refusal))).toEqual(new Set(REFUSALS))
  })

  test.each([
    '#(',
    'a #(',
    'a[',
    '.',
    'x.',
    '(*',
    '(*keep ',
    '/*',
    '"',
    '{',
    'struct {',
    'input ',
    'module m ',
    'module m endmodule ',
    "'",
    'a b (',
    '`timescale ',
  ])('is quick with 64 KB of "%s"', (piece) => {
    const code = piece.repeat(Math.floor(64_000 / piece.length))
    const started = performance.now()
    whyRefused(code, TASK)
    whyRefused(inside(code), TASK)
    expect(performance.now() - started).toBeLessThan(1_500)
  })
})
