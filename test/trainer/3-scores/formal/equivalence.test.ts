import { describe, expect, test, vi } from 'vitest'
import type { ReferencedTask, StimulusPlan } from '#contract/task'
import { proveEquivalent, type Equivalence } from '#trainer/3-scores/formal/equivalence'

const NO_CLOCK: StimulusPlan = {
  clock: null,
  reset: null,
  resetCycles: 0,
  cycles: 8,
  randomSequences: 1,
  midResetChance: 0,
  bias: {},
  directed: [],
}
const CLOCKED: StimulusPlan = {
  ...NO_CLOCK,
  clock: { port: 'clk', edge: 'rising' },
  reset: { port: 'rst', kind: 'sync', active: 'high' },
  resetCycles: 2,
}
const ASYNC: StimulusPlan = { ...CLOCKED, reset: { port: 'rst', kind: 'async', active: 'high' } }
const LIMIT_MS = 60_000
vi.setConfig({ testTimeout: LIMIT_MS })

function aTask(stimulus: StimulusPlan, moduleName: string): ReferencedTask {
  return {
    schemaVersion: 1,
    id: 'a-task',
    split: 'train',
    family: 'any',
    parameters: {},
    difficulty: 1,
    instruction: 'Build it.',
    moduleName,
    ports: [],
    reference: 'module m; endmodule',
    stimulus,
    trivialMatch: 0,
  }
}

function prove(reference: string, code: string, plan = NO_CLOCK, limitMs = LIMIT_MS, name = 'm'): Promise<Equivalence> {
  return proveEquivalent(reference, code, aTask(plan, name), limitMs)
}

async function outcome(reference: string, code: string, plan = NO_CLOCK): Promise<string> {
  return (await prove(reference, code, plan)).outcome
}

const comb = (body: string): string => `module m(input [3:0] a, input [3:0] b, output [3:0] y);\n  ${body}\nendmodule`
const wire = (body: string): string => `module m(input a, output y);\n  ${body}\nendmodule`
const clocked = (body: string, events = 'posedge clk'): string =>
  `module m(input clk, input rst, input en, output [7:0] y);\n  reg [7:0] c;\n  always @(${events}) ${body}\n  assign y = c;\nendmodule`
const COUNTER = clocked('if (rst) c <= 0; else if (en) c <= c + 1;')

describe('combinational designs', () => {
  test('the same function in other words is proved', async () => {
    expect(await outcome(comb('assign y = a ^ b;'), comb('assign y = (a | b) & ~(a & b);'))).toBe('proved')
    expect(await outcome(comb('assign y = a + b;'), comb("assign y = b - ~a - 4'd1;"))).toBe('proved')
  })

  test('one wrong input of 256 is found and named', async () => {
    const wrong = comb("assign y = a == 4'd9 && b == 4'd12 ? 4'd0 : a ^ b;")
    expect(await prove(comb('assign y = a ^ b;'), wrong)).toEqual({
      outcome: 'refuted',
      summary: 'It differs from the reference for a = 9, b = c (hexadecimal).',
    })
  })

  test('a product is proved against the same product, and not tried against another way to reach a wide one', async () => {
    const product = (width: number, value: string): string =>
      `module m(input [${width - 1}:0] a, b, output [${2 * width - 1}:0] y);\n  assign y = ${value};\nendmodule`
    const added = Array.from({ length: 12 }, (_, i) => `(b[${i}] ? {12'd0, a} << ${i} : 24'd0)`).join(' + ')
    expect(await outcome(product(32, 'a * b'), product(32, 'b * a'))).toBe('proved')
    expect(await prove(product(12, 'a * b'), product(12, added))).toEqual({
      outcome: 'unknown',
      summary: 'Not tried: the proof would be about wide products.',
    })
  })

  test('a module may have any name that a task gives it', async () => {
    for (const name of ['gold', 'gate', 'miter', 'equiv']) {
      const code = wire('assign y = ~a;').replace('module m', `module ${name}`)
      expect((await prove(code, code, NO_CLOCK, LIMIT_MS, name)).outcome, name).toBe('proved')
    }
  })
})

describe('clocked designs', () => {
  test('another encoding of a register that the outputs show is proved', async () => {
    const inverted =
      'module m(input clk, input rst, input en, output [7:0] y);\n  reg [7:0] n;\n  always @(posedge clk) if (rst) n <= 255; else if (en) n <= n - 1;\n  assign y = ~n;\nendmodule'
    expect(await outcome(COUNTER, inverted, CLOCKED)).toBe('proved')
  })

  test('a difference soon after the reset is refuted, a forgotten reset too', async () => {
    expect(await outcome(COUNTER, COUNTER.replace('c + 1', 'c + 3'), CLOCKED)).toBe('refuted')
    expect(await outcome(COUNTER, COUNTER.replace('if (rst) c <= 0; else ', ''), CLOCKED)).toBe('refuted')
  })

  test('a difference far beyond the search is not taken for none', async () => {
    const late = COUNTER.replace('c <= c + 1', "c <= c == 8'd200 ? 0 : c + 1")
    expect(await prove(COUNTER, late, CLOCKED)).toEqual({
      outcome: 'unknown',
      summary: 'No difference within 20 cycles after the reset.',
    })
  })

  test('signals of the same name that mean something else prove nothing', async () => {
    const other =
      "module m(input clk, input rst, input en, output [7:0] y);\n  reg [7:0] c, d;\n  always @(posedge clk) begin\n    c <= 8'h55;\n    if (rst) d <= 0; else if (en) d <= d == 8'd200 ? 0 : d + 1;\n  end\n  assign y = d;\nendmodule"
    expect(await outcome(COUNTER, other, CLOCKED)).toBe('unknown')
  })

  test('the kind of a reset and the edge of a clock make a difference', async () => {
    const async = clocked('if (rst) c <= 0; else if (en) c <= c + 1;', 'posedge clk or posedge rst')
    expect(await outcome(COUNTER, async, CLOCKED)).toBe('refuted')
    expect(await outcome(async, async.replaceAll('c + 1', '1 + c'), ASYNC)).toBe('proved')
    expect(await outcome(COUNTER, COUNTER.replace('posedge clk', 'negedge clk'), CLOCKED)).toBe('unknown')
  })

  test('where the reference depends on how its registers begin, nothing is refuted', async () => {
    const kept = clocked('if (en) c <= 1;')
    expect(await outcome(kept, kept.replace('c <= 1', 'c <= 2'), CLOCKED)).toBe('unknown')
  })
})

describe('what must never be called proved', () => {
  const WIRE = wire('assign y = a;')

  test.each([
    ['two drivers that contradict each other', WIRE, wire('assign y = a;\n  assign y = ~a;')],
    ['a loop without a solution', WIRE, wire('wire l;\n  assign l = ~l;\n  assign y = l;')],
    ['an output that nothing drives', WIRE, wire('')],
    ['an output that is x', WIRE, wire("assign y = 1'bx;")],
    ['an output that is x where the reference is 0', WIRE, wire("assign y = a ? 1'b1 : 1'bx;")],
    ['an output that is z', WIRE, wire("assign y = a ? 1'b1 : 1'bz;")],
    [
      'a promise about cases',
      WIRE,
      wire("reg r;\n  always @(*) (* parallel_case *) case (1'b1) a: r = 1; default: r = 0; endcase\n  assign y = r;"),
    ],
    ['a module that does not compile', WIRE, wire('assign y = ;')],
    ['other ports', WIRE, 'module m(input a, input b, output y);\n  assign y = a;\nendmodule'],
  ])('%s', async (_, reference, code) => {
    expect(await outcome(reference, code)).not.toBe('proved')
  })

  test('a register that keeps an unknown value', async () => {
    const late =
      "module m(input clk, input rst, input en, output [7:0] y);\n  reg h;\n  reg [7:0] c;\n  always @(posedge clk) begin\n    h <= h;\n    if (rst) c <= 0; else if (en) c <= c + 1;\n  end\n  assign y = h & (c == 8'd14) ? 8'd0 : c;\nendmodule"
    expect(await outcome(COUNTER, late, CLOCKED)).not.toBe('proved')
  })

  test('a proof for which no time is left', async () => {
    expect((await prove(COUNTER, COUNTER, CLOCKED, 0)).outcome).toBe('unknown')
  })
})

test('what the reference leaves open, the design may choose', async () => {
  expect(await outcome(wire("assign y = a ? 1'b1 : 1'bx;"), wire('assign y = a;'))).toBe('proved')
})
