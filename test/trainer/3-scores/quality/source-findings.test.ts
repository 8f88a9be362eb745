import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { sourceFindings } from '#trainer/3-scores/quality/source-findings'
import { DESIGNS } from '#test/support/fixture-designs'

/** `CLASS name` or `CLASS line`, in the order of the source. */
function found(code: string): string[] {
  return sourceFindings(code).map(({ class: kind, name, line }) => `${kind} ${name ?? line}`)
}

describe('names that nobody reads', () => {
  test('a header that only names its ports, and the declarations below it, are no use of a name', () => {
    expect(found('module m(a, b, y);\n  input a, b;\n  output y;\n  wire y;\n  assign y = a;\nendmodule')).toEqual([
      'UNUSED-INPUT b',
    ])
  })

  test('each name of a list is looked at on its own, in headers and in bodies', () => {
    const code =
      'module m(input wire [3:0] a, b, output reg [3:0] y, z);\n  reg [3:0] s, t;\n  always @(*) begin\n    y = a;\n    s = a;\n    z = t;\n  end\nendmodule'
    expect(found(code)).toEqual(['UNUSED-INPUT b', 'UNUSEDSIGNAL s'])
  })

  test('a name that only an instance is given is used, unless the instance writes it', () => {
    const sub = 'module sub(input p, output q);\n  assign q = ~p;\nendmodule\n'
    const top =
      'module m(input a, output y);\n  wire b, c;\n  assign b = a;\n  assign y = a;\n  sub u(.p(b), .q(c));\nendmodule\n'
    expect(found(sub + top)).toEqual(['UNUSEDSIGNAL c'])
    expect(found(sub + top.replace('.p(b), .q(c)', 'b, c'))).toEqual(['UNUSEDSIGNAL c'])
    expect(found(sub + top.replace('.p(b), .q(c)', '.*'))).toContain('UNUSEDSIGNAL b')
    // Nobody knows what a module of elsewhere does with it.
    expect(found(top)).toEqual([])
  })

  test('a port of an instance is no use of a signal that has the same name', () => {
    const sub = 'module sub(input b, output q);\n  assign q = b;\nendmodule\n'
    const code = `${sub}module m(input a, input b, output y);\n  sub u(.b(a), .q(y));\nendmodule`
    expect(found(code)).toEqual(['UNUSED-INPUT b'])
  })

  test('an index on the left side is read, what it selects from is not', () => {
    const code = 'module m(input [1:0] a, output y);\n  reg [3:0] t;\n  always @(*) t[a] = 1;\n  assign y = 0;\nendmodule'
    expect(found(code)).toEqual(['UNUSEDSIGNAL t'])
  })

  test('a comparison is no assignment, whatever stands before it', () => {
    const body = '  always @(posedge clk) q <= s ? a : b <= c;\n'
    expect(found(`module m(input clk, s, a, b, c, output reg q);\n${body}endmodule`)).toEqual([])
    expect(found('module m(input a, b, output y);\n  assign y = (a <= b);\nendmodule')).toEqual([])
  })

  test('a gate writes its first connection and reads the others', () => {
    expect(
      found('module m(input a, b, output y);\n  wire n, o;\n  and g(n, a, b);\n  not (y, n);\n  or (o, a, b);\nendmodule'),
    ).toEqual(['UNUSEDSIGNAL o'])
  })

  test('what a function declares is its own affair', () => {
    const body =
      '  function automatic [3:0] turn;\n    input [3:0] x;\n    integer i;\n    for (i = 0; i < 4; i = i + 1) turn[i] = x[3 - i];\n  endfunction\n'
    expect(found(`module m(input [3:0] a, output [3:0] y);\n${body}  assign y = turn(a);\nendmodule`)).toEqual([])
  })

  test('enumerations, structs and named types declare what they name', () => {
    const code = [
      'module m(input logic clk, input logic go, output logic y);',
      '  typedef enum logic [1:0] {IDLE, RUN = 2} state_t;',
      '  struct packed { logic hot; logic cold; } pair;',
      '  state_t state, spare;',
      '  always_ff @(posedge clk) begin',
      '    state <= go ? RUN : IDLE;',
      '    pair.hot <= go;',
      '  end',
      '  assign y = state == RUN;',
      'endmodule',
    ].join('\n')
    expect(found(code)).toEqual(['UNUSEDSIGNAL pair', 'UNUSEDSIGNAL spare'])
  })

  test('constants are looked at apart, and a name may say that it is unused', () => {
    const code =
      'module m #(parameter N = 4, M = 2)(input [N-1:0] a, input unused_b, output y);\n  localparam K = 3;\n  assign y = ^a;\nendmodule'
    expect(found(code)).toEqual(['UNUSEDPARAM M', 'UNUSEDPARAM K'])
  })

  test('comments, strings and attributes use no name', () => {
    const code = 'module m(input a, b, output y);\n  // b\n  (* keep = "b" *) wire c;\n  assign y = a; /* c */\nendmodule'
    expect(found(code)).toEqual(['UNUSED-INPUT b', 'UNUSEDSIGNAL c'])
  })
})

describe('assignments', () => {
  test('blocking ones do not belong into clocked blocks, nor non-blocking ones into others', () => {
    const code =
      'module m(input clk, a, output reg q, r);\n  always @(posedge clk)\n    q = a;\n  always @(*)\n    r <= a;\nendmodule'
    expect(found(code)).toEqual(['BLKSEQ q', 'COMBDLY r'])
  })

  test('heads of loops, indices and variables of the block are no registers', () => {
    const code = [
      'module m(input clk, input [3:0] a, output reg [3:0] q);',
      '  integer i;',
      '  always @(posedge clk) begin : turn',
      '    for (i = 0; i < 4; i = i + 1) q[i] <= a[3 - i];',
      '    for (int k = 0; k < 2; k++) q[k] <= a[k];',
      '  end',
      '  wire [3:0] t = a;',
      '  assign u = t;',
      'endmodule',
    ].join('\n')
    expect(found(code)).toEqual([])
  })

  test('a latch that is written as one is told by other means', () => {
    expect(found('module m(input en, d, output reg q);\n  always @(*) if (en) q <= d;\nendmodule')).toEqual([])
  })

  test('widths are compared where both sides are certain', () => {
    const assigned = (text: string): string[] =>
      found(
        `module m(input [7:0] a, input [3:0] b, output [3:0] y, output [7:0] z);\n  ${text}\n  wire use = ^{a, b};\n  assign read = use;\nendmodule`,
      )
    expect(assigned('assign y = a;')).toEqual(['WIDTHTRUNC 2'])
    expect(assigned('assign z = b;')).toEqual(['WIDTHEXPAND 2'])
    expect(assigned('assign z = ~a & {b, b};')).toEqual([])
    expect(assigned("assign y = 5'd3;")).toEqual(['WIDTHTRUNC 2'])
    expect(assigned('assign y = 3; assign z = 255;')).toEqual([])
    expect(assigned('assign y = a[7:4]; assign z[0] = a[3]; assign z[3:1] = b[2:0];')).toEqual([])
    expect(assigned('assign y = a + b;')).toEqual([])
  })

  test('a case without a default must name every value', () => {
    const cases = (items: string): string[] =>
      found(
        `module m(input [1:0] s, input a, output reg y);\n  always @(*) begin\n    y = a;\n    case (s)\n${items}\n    endcase\n  end\nendmodule`,
      )
    expect(cases("      2'd0: y = 0;\n      2'd1: if (a) y = 1; else y = 0;")).toEqual(['CASEINCOMPLETE s'])
    expect(cases("      2'd0, 2'd1: y = 0;\n      2'd2: begin y = 1; end\n      2'd3: y = 0;")).toEqual([])
    expect(cases("      2'd0: y = 0;\n      default: y = 1;")).toEqual([])
  })
})

describe('style', () => {
  test('a name is in lower_snake_case or in capitals; the ports of the design were named by its task', () => {
    expect(
      found('module m(input clkIn, output outY);\n  wire myWire = clkIn;\n  wire ALL = myWire;\n  assign outY = ALL;\nendmodule'),
    ).toEqual(['NAMING myWire'])
  })

  test('long lines, mixed indentation and initial blocks are told', () => {
    const code = `module m(output reg q);\n\tinitial q = 0;\n  // ${'x'.repeat(100)}\nendmodule`
    expect(sourceFindings(code).map(({ class: kind }) => kind)).toEqual(['INITIAL-BLOCK', 'LINE-LENGTH', 'MIXED-INDENT'])
  })
})

describe('no false alarm', () => {
  test('no reference of the starter tasks has a finding but long lines', () => {
    const file = join(import.meta.dirname, '../../../../resources/starter/tasks.jsonl')
    const references = readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { reference: string }).reference)
    const odd = references.flatMap((reference) => sourceFindings(reference).filter(({ class: kind }) => kind !== 'LINE-LENGTH'))
    expect(references.length).toBeGreaterThan(1000)
    expect(odd).toEqual([])
  })

  test('no small design of the test data sets has one', () => {
    const odd = DESIGNS.flatMap(({ name, ports, body }) => sourceFindings(`module ${name}(${ports});\n${body}\nendmodule`))
    expect(odd).toEqual([])
  })
})

test('64 KB of anything are read within a second', () => {
  const pieces = [
    'case (a) ',
    'always @(*) if (a) ',
    'wire {} ',
    'a ? b : c <= ',
    '{',
    'm u(',
    'enum {',
    'y = {{',
    'for (',
    '(* ',
    'begin : a ',
    '`x ',
    'function ',
    '[',
    'input a, ',
  ]
  for (const piece of pieces) {
    const code = `module m;\n${piece.repeat(Math.floor(64_000 / piece.length))}\nendmodule`
    const start = performance.now()
    sourceFindings(code)
    expect(performance.now() - start, piece).toBeLessThan(1000)
  }
})
