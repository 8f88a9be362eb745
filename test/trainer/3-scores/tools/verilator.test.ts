import { afterAll, describe, expect, test } from 'vitest'
import { ToolHost } from '#trainer/3-scores/tools/tool-host'
import { lint } from '#trainer/3-scores/tools/verilator'
import { nativeTools } from '#test/support/native-tools'

const { tools, hasSimulation } = await nativeTools()
const isReady = hasSimulation && tools.verilator !== null && tools.bwrap !== null
const why = isReady ? '' : ' (skipped: no verilator_bin in a Bubblewrap box here)'
const host = isReady ? new ToolHost({ bwrapPath: tools.bwrap!.path, toolFolders: [] }) : null
afterAll(() => host?.close())

async function classes(code: string): Promise<string[]> {
  return (await lint(host!, tools.verilator!.path, code, 'm')).map(({ class: kind, name, line }) => `${kind} ${name ?? line}`)
}

describe.skipIf(!isReady)(`Verilator as a reader${why}`, () => {
  test('a plain design has no finding', async () => {
    expect(await classes('module m(input a, b, output y);\n  assign y = a & b;\nendmodule')).toEqual([])
  })

  test('findings come with class, name and line', async () => {
    const code =
      'module m(input clk, input [3:0] a, output reg q);\n  wire dead;\n  assign dead = a[0];\n  always @(posedge clk)\n    q = ^a;\nendmodule'
    expect((await classes(code)).sort()).toEqual(['BLKSEQ 5', 'UNUSEDSIGNAL dead'])
  })

  test('a comment that tells Verilator to be silent is not heard', async () => {
    const code = (comment: string): string =>
      `module m(input a, output y);\n  ${comment}\n  wire dead = a;\n  assign y = a;\nendmodule`
    const loud = await classes(code(''))
    expect(loud).toEqual(['UNUSEDSIGNAL dead'])
    expect(await classes(code('// verilator lint_off UNUSEDSIGNAL'))).toEqual(loud)
    expect(await classes(code('/* verilator lint_off UNUSED */'))).toEqual(loud)
  })

  test('the old delay of a register is passed over', async () => {
    expect(await classes('module m(input clk, d, output reg q);\n  always @(posedge clk) q <= #1 d;\nendmodule')).toEqual([])
  })

  test('a design that keeps a tool busy for minutes holds nobody up', async () => {
    const endless = [
      'genvar i;\n  generate for (i = 0; i < 2000000000; i = i + 1) begin : g\n    wire w;\n  end endgenerate',
      'function integer f(input integer x);\n    begin\n      f = x;\n      while (f > 0) f = x;\n    end\n  endfunction\n  localparam N = f(1);',
      "wire [2000000000:0] w;\n  assign w = {w[1999999999:0], 1'b1};",
    ]
    const start = performance.now()
    for (const body of endless) await classes(`module m(output y);\n  ${body}\n  assign y = 0;\nendmodule`)
    expect(performance.now() - start).toBeLessThan(9_000)
  }, 60_000)
})

test('a name that is no name never reaches a command line', async () => {
  const runner = { run: () => Promise.reject(new Error('nothing may run')) }
  await expect(lint(runner, '/usr/bin/verilator_bin', '', 'm -o x')).rejects.toThrow(RangeError)
})
