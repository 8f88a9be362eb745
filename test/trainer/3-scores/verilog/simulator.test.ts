import { describe, expect, test } from 'vitest'
import { createRandom } from '#trainer/math/random'
import { buildCircuit } from '#trainer/3-scores/verilog/circuit'
import type { Cell, Netlist } from '#trainer/3-scores/verilog/netlist'
import { Simulator } from '#trainer/3-scores/verilog/simulator'
import { Breadboard, circuitOf } from '#test/support/verilog'

const board = async (code: string, seed = 1): Promise<Breadboard> => new Breadboard(await circuitOf(code), seed)

describe('combinational designs', () => {
  test('signed arithmetic rounds towards zero: -7 / 2 = -3, -7 % 2 = -1, -7 >>> 1 = -4', async () => {
    const m = await board(`module m(input signed [3:0] a, output signed [3:0] q, r, s);
      assign q = a / 4'sd2; assign r = a % 4'sd2; assign s = a >>> 1; endmodule`)
    m.set({ a: 9 })
    expect([m.get('q'), m.get('r'), m.get('s')]).toEqual([13, 15, 12])
  })

  test('a carry chain written in words is a chain of bits, not a loop: 11 + 6 = 17', async () => {
    const m = await board(`module m(input [3:0] a, b, output [4:0] y); wire [4:0] c;
      assign c[0] = 0; assign c[4:1] = (a & b) | (c[3:0] & (a ^ b)); assign y = {c[4], a ^ b ^ c[3:0]}; endmodule`)
    expect(m.set({ a: 11, b: 6 }).get('y')).toBe(17)
  })

  test('Gray code 1101 is binary 1001, although the word feeds itself', async () => {
    const m = await board('module m(input [3:0] g, output [3:0] b); assign b = g ^ (b >> 1); endmodule')
    expect(m.set({ g: 0b1101 }).get('b')).toBe(0b1001)
  })

  test('a selection in words that feeds itself bit by bit is no loop', async () => {
    const m = await board(`module m(input [2:0] s, input d, output [3:0] y);
      assign y[0] = d; assign y[3:1] = s[0] ? y[2:0] : {3{1'b0}}; endmodule`)
    expect(m.set({ s: 1, d: 1 }).get('y')).toBe(15)
  })

  test.each([
    ['a loop', 'assign y = ~(y & a);', 'has a combinational loop'],
    ['two drivers', 'assign y = a; assign y = b;', 'has a signal with more than one driver'],
    ['a variable power', 'assign y = a ** b;', 'raises to a power that is not constant'],
    ['an assertion', 'assign y = a; always @* assert(y);', 'uses $check, which cannot be simulated here'],
    [
      'a multiplier as wide as a wall',
      'wire [2047:0] w = {2048{a}}; assign y = ^(w * {w[2046:0], b});',
      'needs more than 400000 gates',
    ],
  ])('%s is no circuit', async (_, body, why) => {
    await expect(circuitOf(`module m(input a, b, output y); ${body} endmodule`)).rejects.toThrow(why)
  })
})

describe('registers', () => {
  test('an asynchronous reset acts without a clock edge, a synchronous one waits for it', async () => {
    const register = (reset: string): string =>
      `module m(input clk, rst, input [1:0] d, output reg [1:0] q); always @(posedge clk${reset}) if (rst) q <= 0; else q <= d; endmodule`
    const [sync, async] = [await board(register('')), await board(register(' or posedge rst'))]
    for (const m of [sync, async]) m.set({ clk: 0, rst: 0, d: 3 }).tick().set({ rst: 1 })
    expect([sync.get('q'), async.get('q')]).toEqual([3, 0])
    sync.set({ clk: 1 })
    expect(sync.get('q')).toBe(0)
  })

  test('a falling-edge register keeps its value at the rising edge', async () => {
    const m = await board('module m(input clk, d, output reg q); always @(negedge clk) q <= d; endmodule')
    m.set({ clk: 0, d: 0 }).tick().set({ d: 1, clk: 1 })
    expect(m.get('q')).toBe(0)
    expect(m.set({ clk: 0 }).get('q')).toBe(1)
  })

  test('all registers take their old neighbours: a shift register does not race', async () => {
    const m = await board(`module m(input clk, d, output reg [2:0] q); always @(posedge clk) q <= {q[1:0], d}; endmodule`)
    for (const d of [1, 0, 1]) m.tick({ d })
    expect(m.get('q')).toBe(0b101)
  })

  test('a register may clock another: a ripple counter counts', async () => {
    const m = await board(`module m(input clk, rst, output reg [1:0] q);
      always @(negedge clk or posedge rst) if (rst) q[0] <= 0; else q[0] <= ~q[0];
      always @(negedge q[0] or posedge rst) if (rst) q[1] <= 0; else q[1] <= ~q[1]; endmodule`)
    m.set({ clk: 0, rst: 1 }).set({ rst: 0 })
    const counts = [1, 2, 3, 4, 5].map(() => m.tick().get('q'))
    expect(counts).toEqual([1, 2, 3, 0, 1])
  })

  test('a ripple counter of 40 stages counts down from 0 to all ones in one cycle', async () => {
    const m = await board(`module t(input clk, rst, output reg q);
        always @(posedge clk or posedge rst) if (rst) q <= 0; else q <= ~q; endmodule
      module m(input clk, rst, output ones, output [39:0] q); assign ones = &q;
        t t[39:0]({q[38:0], clk}, rst, q); endmodule`)
    m.set({ clk: 0, rst: 1 }).set({ rst: 0 }).set({ clk: 1 })
    expect([m.get('ones'), m.simulator.isUnstable]).toEqual([1, false])
  })

  test('clear outranks set where the source says so', async () => {
    const m = await board(`module m(input clk, s, r, d, output reg q);
      always @(posedge clk or posedge s or posedge r) if (r) q <= 0; else if (s) q <= 1; else q <= d; endmodule`)
    expect(m.set({ clk: 0, d: 0, r: 0, s: 1 }).get('q')).toBe(1)
    expect(m.set({ r: 1 }).get('q')).toBe(0)
  })

  test('a register without an initial value starts anywhere, one with it starts there', async () => {
    const code = (initial: string): string =>
      `module m(input clk, output reg [3:0] q${initial}); always @(posedge clk) q <= q; endmodule`
    const starts = async (initial: string): Promise<number[]> => {
      const circuit = await circuitOf(code(initial))
      return [1, 2, 3, 4, 5].map((seed) => new Breadboard(circuit, seed).get('q'))
    }
    expect(new Set(await starts('')).size).toBeGreaterThan(1)
    expect(await starts(' = 6')).toEqual([6, 6, 6, 6, 6])
  })

  test('a memory reads what was written, at the address where it was written', async () => {
    const m = await board(`module m(input clk, we, input [1:0] a, input [3:0] d, output [3:0] q); reg [3:0] r[0:3];
      always @(posedge clk) if (we) r[a] <= d; assign q = r[a]; endmodule`)
    for (const a of [0, 1, 2, 3]) m.tick({ we: 1, a, d: 10 + a })
    m.tick({ we: 0, a: 2, d: 0 })
    expect([3, 2, 1, 0].map((a) => m.set({ a }).get('q'))).toEqual([13, 12, 11, 10])
  })

  test('a latch follows while it is open and keeps what it had', async () => {
    const m = await board('module m(input e, d, output reg q); always @* if (e) q = d; endmodule')
    expect(m.set({ e: 1, d: 1 }).get('q')).toBe(1)
    expect(m.set({ e: 0 }).set({ d: 0 }).get('q')).toBe(1)
    expect(m.set({ e: 1 }).get('q')).toBe(0)
  })

  test('a register that loads its own opposite never comes to rest', async () => {
    const m = await board(`module m(input clk, l, output reg q);
      always @(posedge clk or posedge l) if (l) q <= ~q; else q <= 0; endmodule`)
    expect(m.set({ clk: 0, l: 0 }).simulator.isUnstable).toBe(false)
    expect(m.set({ l: 1 }).simulator.isUnstable).toBe(true)
  })
})

describe('a net without a value', () => {
  test.each([
    ['a constant x', "assign y = {a, 1'bx};", [0, 'x']],
    ['an undriven net', 'wire w; assign y = {w, w & a};', ['x', 0]],
    ['x or 1', 'wire w; assign y = {w | ~a, w | a};', [-1, 'x']],
    ['a choice by x', "wire w; assign y = {w ? ~a : a, w ? a : 1'b0};", ['x', 0]],
    ['x against itself', 'wire w; assign y = {w ^ (w & ~a), ~w};', ['x', 'x']],
  ])('%s leaves known what each value of it gives alike', async (_, body, bits) => {
    const circuit = await circuitOf(`module m(input a, output [1:0] y); ${body} endmodule`)
    const simulator = new Simulator(circuit, createRandom(1), 'three-valued')
    simulator.setInput('a', 0, 0)
    simulator.settle()
    expect([1, 0].map((bit) => (simulator.unknownLanes('y', bit) === -1 ? 'x' : simulator.output('y', bit)))).toEqual(bits)
  })
})

describe('enable and synchronous reset', () => {
  const net = { clk: 2, srst: 3, en: 4, d: 5, q: 6 }
  const netlist = (type: string): Netlist => ({
    ports: Object.fromEntries(
      Object.entries(net).map(([name, bit]) => [
        name,
        { direction: name === 'q' ? ('output' as const) : ('input' as const), bits: [bit] },
      ]),
    ),
    cells: [
      {
        type,
        parameters: { CLK_POLARITY: '1', SRST_POLARITY: '1', SRST_VALUE: '0', EN_POLARITY: '1' },
        connections: { CLK: [net.clk], SRST: [net.srst], EN: [net.en], D: [net.d], Q: [net.q] },
        directions: { Q: 'output' },
      } satisfies Cell,
    ],
    initial: new Map(),
  })
  const after = (type: string): number => {
    const m = new Breadboard(buildCircuit(netlist(type)))
    return m.set({ clk: 0, srst: 0, en: 1, d: 1 }).tick().tick({ srst: 1, en: 0 }).get('q')
  }

  test('$sdffe resets although it is not enabled, $sdffce does not', () => {
    expect([after('$sdffe'), after('$sdffce')]).toEqual([0, 1])
  })
})
