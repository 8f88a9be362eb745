import { describe, expect, test } from 'vitest'
import type { ReferencedTask } from '#contract/task'
import { compareCircuits, type Comparison } from '#trainer/3-scores/verilog/compare'
import { aTask, circuitOf, CLOCKED, ports } from '#test/support/verilog'

async function compare(task: ReferencedTask, candidate: string, seed = 1): Promise<Comparison> {
  return compareCircuits(await circuitOf(task.reference), await circuitOf(candidate), task, seed)
}
const isEqual = ({ cycles, matchingCycles }: Comparison): boolean => cycles === matchingCycles

const HEAD = 'module m(input clk, rst, en, output reg [3:0] q);'
const REFERENCE = `${HEAD} always @(posedge clk) if (rst) q <= 0; else if (en) q <= q == 9 ? 0 : q + 1; endmodule`
const COUNTER = aTask({ reference: REFERENCE, ports: ports('clk rst en', 'q:4'), stimulus: CLOCKED })
const counter = (sensitivity: string, body: string): string => `${HEAD} always @(${sensitivity}) ${body} endmodule`

describe('a counter against its reference', () => {
  test('the same behaviour in other words matches in every cycle', async () => {
    const other = counter('posedge clk', "begin if (en) q <= (q < 9) ? q + 4'd1 : 4'd0; if (rst) q <= 4'b0; end")
    expect(isEqual(await compare(COUNTER, other))).toBe(true)
  })

  test.each([
    ['an asynchronous reset', counter('posedge clk or posedge rst', 'if (rst) q <= 0; else if (en) q <= q == 9 ? 0 : q + 1;')],
    ['no reset', counter('posedge clk', 'if (en) q <= q == 9 ? 0 : q + 1;')],
    [
      'no reset, hidden behind an initial value',
      HEAD + ' initial q = 0; always @(posedge clk) if (en) q <= q == 9 ? 0 : q + 1; endmodule',
    ],
    ['one count too many', counter('posedge clk', 'if (rst) q <= 0; else if (en) q <= q == 10 ? 0 : q + 1;')],
    ['the other clock edge', counter('negedge clk', 'if (rst) q <= 0; else if (en) q <= q == 9 ? 0 : q + 1;')],
    ['the other polarity of reset', counter('posedge clk', 'if (!rst) q <= 0; else if (en) q <= q == 9 ? 0 : q + 1;')],
    ['an ignored enable', counter('posedge clk', 'if (rst) q <= 0; else q <= q == 9 ? 0 : q + 1;')],
    ['enable before reset', counter('posedge clk', 'if (en) begin if (rst) q <= 0; else q <= q == 9 ? 0 : q + 1; end')],
  ])('%s shows', async (_, candidate) => {
    const comparison = await compare(COUNTER, candidate)
    expect(isEqual(comparison)).toBe(false)
    expect(comparison.counterexample).not.toBeNull()
  })

  test('an asynchronous reference tells a synchronous candidate apart', async () => {
    const async = counter('posedge clk or posedge rst', 'if (rst) q <= 0; else if (en) q <= q + 1;')
    const sync = counter('posedge clk', 'if (rst) q <= 0; else if (en) q <= q + 1;')
    const task = { ...COUNTER, reference: async }
    expect(isEqual(await compare(task, async))).toBe(true)
    expect(isEqual(await compare(task, sync))).toBe(false)
  })

  test('the same seed gives the same numbers, another seed another stimulus', async () => {
    const wrong = counter('posedge clk', 'if (rst) q <= 0; else if (en) q <= q + 1;')
    const [a, again, b] = [await compare(COUNTER, wrong, 1), await compare(COUNTER, wrong, 1), await compare(COUNTER, wrong, 2)]
    expect(again).toEqual(a)
    expect(b.counterexample).not.toEqual(a.counterexample)
  })

  test('16 random sequences of 32 cycles are 512 compared cycles', async () => {
    expect((await compare(COUNTER, REFERENCE)).cycles).toBe(16 * 32)
  })

  test('a directed sequence is played from reset, with reset released', async () => {
    const stimulus = { ...CLOCKED, randomSequences: 1, cycles: 1, directed: [Array.from({ length: 12 }, () => ({ en: '1' }))] }
    const stuck = counter('posedge clk', 'if (rst) q <= 0; else if (en) q <= q == 11 ? 5 : q == 9 ? 10 : q == 10 ? 11 : q + 1;')
    const comparison = await compare({ ...COUNTER, stimulus }, stuck)
    // q counts 0 to 9 alike in both; the tenth vector's clock edge makes 10 instead of 0.
    expect(comparison.counterexample).toMatchObject({
      sequence: 0,
      cycle: 9,
      inputs: { en: '1', rst: '0' },
      expected: { q: '0' },
      actual: { q: 'a' },
    })
    expect(comparison.cycles).toBe(12 + 1)
  })

  test('the cycles around the first mismatch are kept with it, before and after the clock edge', async () => {
    const stimulus = { ...CLOCKED, randomSequences: 0, cycles: 1, directed: [Array.from({ length: 14 }, () => ({ en: '1' }))] }
    const stuck = counter('posedge clk', 'if (rst) q <= 0; else if (en) q <= q == 11 ? 5 : q == 9 ? 10 : q == 10 ? 11 : q + 1;')
    const { counterexample } = await compare({ ...COUNTER, stimulus }, stuck)
    expect(counterexample!.trace).toEqual({
      firstCycle: 5,
      inputs: { rst: Array(7).fill('0'), en: Array(7).fill('1') },
      expected: { q: ['5', '6', '6', '7', '7', '8', '8', '9', '9', '0', '0', '1', '1', '2'] },
      actual: { q: ['5', '6', '6', '7', '7', '8', '8', '9', '9', 'a', 'a', 'b', 'b', '5'] },
    })
  })

  test('what has no value is x in those cycles', async () => {
    const open = HEAD + ' always @(posedge clk) if (rst) q <= 0; else if (en) q[2:0] <= q + 1; endmodule'
    const reference = HEAD.replace('[3:0] q', '[3:0] q, output w') + REFERENCE.slice(HEAD.length)
    const task = { ...COUNTER, reference, ports: ports('clk rst en', 'q:4 w') }
    const { counterexample } = await compare(task, open.replace('[3:0] q)', '[3:0] q, output w)'))
    expect(new Set([...counterexample!.trace!.expected.w!, ...counterexample!.trace!.actual.w!])).toEqual(new Set(['x']))
  })
})

describe('combinational designs', () => {
  const wire = aTask({ reference: 'module m(input a, output y); assign y = a; endmodule', ports: ports('a', 'y') })

  test('few inputs are tried in full: a design that is wrong for one input of 1024 fails', async () => {
    const reference = 'module m(input [9:0] a, output y); assign y = 0; endmodule'
    const task = aTask({ reference, ports: ports('a:10', 'y') })
    const comparison = await compare(task, "module m(input [9:0] a, output y); assign y = a == 10'h2a5; endmodule")
    expect([comparison.cycles, comparison.matchingCycles]).toEqual([1024, 1023])
    expect(comparison.counterexample).toMatchObject({ inputs: { a: '2a5' }, expected: { y: '0' }, actual: { y: '1' } })
  })

  test('an output that nothing drives never matches', async () => {
    expect((await compare(wire, 'module m(input a, output y); endmodule')).matchingCycles).toBe(0)
  })

  test('an output made of an undriven net is right for one of two inputs, whatever the seed, and never for both', async () => {
    for (let seed = 0; seed < 20; seed++) {
      const { cycles, matchingCycles } = await compare(
        wire,
        'module m(input a, output y); wire w; assign y = ~w; endmodule',
        seed,
      )
      expect(matchingCycles / cycles).toBe(0.5)
    }
  })

  test('a wrong bit in the middle of a wide output is found', async () => {
    const code = (y: string): string => `module m(input [15:0] a, b, output [15:0] y); assign y = ${y}; endmodule`
    const task = aTask({ reference: code('a + b'), ports: ports('a:16 b:16', 'y:16') })
    expect(isEqual(await compare(task, code('b - (~a) - 1')))).toBe(true)
    expect(isEqual(await compare(task, code("(a + b) ^ (16'h0100 & {16{&a[3:0]}})")))).toBe(false)
  })
})

const small = (body: string): string => `module m(input [3:0] a, b, input en, output [3:0] y); ${body} endmodule`
const smallTask = (body: string): ReferencedTask => aTask({ reference: small(body), ports: ports('a:4 b:4 en', 'y:4') })

describe('a design without a value where the reference has 0', () => {
  test.each([
    ['high impedance', 'assign y = en ? a : 0;', "assign y = en ? a : 4'bz;"],
    ['x', 'assign y = en ? a : 0;', "assign y = en ? a : 4'bx;"],
    ['a quotient by zero', 'assign y = b == 0 ? 0 : a / b;', 'assign y = a / b;'],
    ['a remainder by zero', 'assign y = b == 0 ? 0 : a % b;', 'assign y = a % b;'],
    ['an index above the range', 'assign y = a[2] ? 0 : b[a[1:0]];', 'assign y = b[a[2:0]];'],
    [
      'an index below the range',
      "assign y = a[1:0] == 0 ? 0 : b[a[1:0] - 2'd1];",
      "wire [4:1] c = b; assign y = c[{1'b0, a[1:0]}];",
    ],
  ])('%s fails', async (_, reference, candidate) => {
    const task = smallTask(reference)
    expect(isEqual(await compare(task, small(reference)))).toBe(true)
    expect(isEqual(await compare(task, small(candidate)))).toBe(false)
  })

  test.each(['x', 'z'])('an output bit that is %s matches nothing', async (value) => {
    const task = smallTask("assign y = {a[3:1], 1'b0};")
    expect((await compare(task, small(`assign y = {a[3:1], 1'b${value}};`))).matchingCycles).toBe(0)
  })

  test('a reset to x fails', async () => {
    const register = (value: string): string =>
      counter('posedge clk or posedge rst', `if (rst) q <= ${value}; else if (en) q <= q + 1;`)
    const task = { ...COUNTER, reference: register('0') }
    expect(isEqual(await compare(task, register("4'b0000")))).toBe(true)
    expect(isEqual(await compare(task, register("4'bx")))).toBe(false)
  })

  test.each([
    [
      'a default that is never reached',
      "reg [3:0] r; always @* case (en) 0: r = a; 1: r = b; default: r = 'x; endcase assign y = r;",
    ],
    [
      'a path of a function that is never taken',
      'function [3:0] f(input e); if (e) f = b; else if (!e) f = a; endfunction assign y = f(en);',
    ],
    ['an index that stays in its range', 'wire [7:0] w = {b, a}; assign y = w[4 * en +: 4];'],
    ['a guarded division', 'wire [3:0] d = en ? b : a; assign y = d == 0 ? 0 : d - d % d;'],
    ['a case comparison with x', "assign y = en === 1'bx ? 4'd7 : en !== 1'bz && en ? b : a;"],
  ])('%s does no harm', async (_, body) => {
    expect(isEqual(await compare(smallTask('assign y = en ? b : a;'), small(body)))).toBe(true)
  })
})

describe('a reference without a value', () => {
  const table = (open: string, y = 'r'): string =>
    `reg [3:0] r; always @* case (a[1:0]) 0: r = 0; 1: r = b; 2: r = ~b; default: r = ${open}; endcase assign y = ${y};`
  const flags = "{r == 0, ^r, r[1:0] + 2'd1}"

  test.each([
    ['a default', table("'x"), table('a'), table('a').replace('~b', 'b')],
    ['flags and sums of a default', table("'x", flags), table('a', flags), table('a', flags).replace('~b', 'b')],
    ['a quotient by zero', 'assign y = a / b;', "assign y = b == 0 ? 4'hf : a / b;", "assign y = b < 2 ? 4'hf : a / b;"],
    ['a remainder by zero', 'assign y = a % b;', 'assign y = b == 0 ? a : a % b;', 'assign y = b < 2 ? a : a % b;'],
    ['an index out of range', 'assign y = b[a];', 'assign y = a > 3 ? en : b[a[1:0]];', 'assign y = a > 2 ? en : b[a[1:0]];'],
    ['an undriven net', "wire w; assign y = en ? a : {3'd1, w};", 'assign y = en ? a : 3;', 'assign y = en ? a : 5;'],
  ])('lets any choice pass and nothing else: %s', async (_, reference, other, wrong) => {
    const task = smallTask(reference)
    expect(isEqual(await compare(task, small(reference)))).toBe(true)
    expect(isEqual(await compare(task, small(other)))).toBe(true)
    expect(isEqual(await compare(task, small(wrong)))).toBe(false)
  })

  test('has none until its register takes one', async () => {
    const register = (open: string, hold = ''): string =>
      `module m(input clk, rst, en, input [1:0] d, output reg [1:0] q);
         always @(posedge clk) if (rst) q <= 0; else if (en) q <= d == 3 ? ${open} : d; ${hold} endmodule`
    const task = aTask({ reference: register("'x"), ports: ports('clk rst en d:2', 'q:2'), stimulus: CLOCKED })
    expect(isEqual(await compare(task, register("'x")))).toBe(true)
    expect(isEqual(await compare(task, register('1')))).toBe(true)
    expect(isEqual(await compare(task, register('1', 'else if (q == 2) q <= 0;')))).toBe(false)
  })

  test('an output that nothing drives matches only there: in one of four cases', async () => {
    const { cycles, matchingCycles } = await compare(smallTask(table("'x")), small(''))
    expect(matchingCycles / cycles).toBeCloseTo(0.25, 1)
  })

  test.each([
    ['', '{q, en}'],
    [' that leaves a value open as well', "{q, en ? 1'bx : 1'b0}"],
  ])('one without a reset%s is not equal to itself: its register starts anywhere', async (_, y) => {
    const reference = `module m(input clk, en, output [1:0] y); reg q; always @(posedge clk) q <= q ^ en; assign y = ${y}; endmodule`
    const stimulus = { ...CLOCKED, reset: null, resetCycles: 16, midResetChance: 0 }
    const task = aTask({ reference, ports: ports('clk en', 'y:2'), stimulus })
    expect(isEqual(await compare(task, reference))).toBe(false)
  })
})

test('a design that oscillates ends the comparison', async () => {
  const ring = counter('posedge clk or posedge en', 'if (en) q <= ~q; else q <= 0;')
  const comparison = await compare(COUNTER, ring)
  expect(comparison.isUnstable).toBe(true)
  expect(comparison.cycles).toBeLessThan(16 * 32)
})
