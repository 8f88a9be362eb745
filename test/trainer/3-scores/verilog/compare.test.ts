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
