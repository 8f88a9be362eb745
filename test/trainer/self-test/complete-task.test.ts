import { describe, expect, test } from 'vitest'
import { completeTask } from '#trainer/self-test/complete-task'
import { importedTask } from '#test/support/verilog'

async function completed(reference: string): Promise<Record<string, unknown>> {
  const result = await completeTask(importedTask(reference))
  if (result.outcome !== 'complete') throw new Error(result.reason)
  const { ports, stimulus, trivialMatch } = result.task
  const names = ports.map(({ name, direction, width }) => `${direction} ${name}:${width}`).join(' ')
  return { names, clock: stimulus.clock, reset: stimulus.reset, trivialMatch }
}

async function reasonOf(reference: string | null): Promise<string> {
  const result = await completeTask(importedTask(reference))
  return result.outcome === 'complete' ? 'complete' : result.reason
}

const clocked = (sensitivity: string, body: string, ports = 'input clk, input rst'): string =>
  `module m(${ports}, output reg [3:0] q); always @(${sensitivity}) ${body} endmodule`

describe('an imported reference tells', () => {
  test('its ports, and that it has no clock', async () => {
    const gate = await completed('module m(input [1:0] a, input b, output y); assign y = ^a & b; endmodule')
    expect(gate).toMatchObject({ names: 'input a:2 input b:1 output y:1', clock: null, reset: null })
    // y is 1 for 2 of 8 inputs: the all-0 module is right on 6.
    expect(gate.trivialMatch).toBe(0.75)
  })

  test.each([
    ['posedge clk', 'if (rst) q <= 0; else q <= q + 1;', 'rising', 'sync', 'high', undefined],
    ['posedge clk or posedge rst', 'if (rst) q <= 0; else q <= q + 1;', 'rising', 'async', 'high', undefined],
    ['negedge clk or negedge rst_n', 'if (!rst_n) q <= 5; else q <= q + 1;', 'falling', 'async', 'low', 'input clk, input rst_n'],
    ['posedge clk', 'if (!resetn) q <= 0; else q <= q - 1;', 'rising', 'sync', 'low', 'input clk, input resetn'],
  ])('clock and reset of "%s"', async (sensitivity, body, edge, kind, active, ports) => {
    const plan = await completed(clocked(sensitivity, body, ports))
    expect(plan).toMatchObject({ clock: { port: 'clk', edge }, reset: { kind, active } })
  })

  test('that it needs no reset when inputs alone bring it to one state', async () => {
    expect(await completed('module m(input clk, input d, output reg q); always @(posedge clk) q <= d; endmodule')).toMatchObject({
      clock: { port: 'clk' },
      reset: null,
    })
  })
})

describe('the netlist judge cannot decide', () => {
  test.each([
    ['no reference', null, 'is not there'],
    ['what Yosys refuses', 'module m(output y); assign y = ; endmodule', 'is refused by Yosys'],
    [
      'two clocks',
      'module m(input a, input b, input d, output reg x, output reg y); always @(posedge a) x <= d; always @(posedge b) y <= d; endmodule',
      'more than one clock',
    ],
    ['outputs without a value', "module m(input a, output y); assign y = a ? 1'bx : 1'bz; endmodule", 'never gives'],
    [
      'a state that nothing resets',
      'module m(input clk, output reg q); always @(posedge clk) q <= ~q; endmodule',
      'has no reset',
    ],
    ['a design without outputs', 'module m(input clk); endmodule', 'has no output'],
  ])('%s', async (_, reference, reason) => {
    expect(await reasonOf(reference)).toContain(reason)
  })
})
