import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { OwnTestbench } from '#contract/task'
import { nativeTools } from '#test/support/native-tools'
import { judgeByOwnTestbench } from '#trainer/3-scores/testbench/own-testbench'
import type { TestbenchResult } from '#trainer/3-scores/testbench/result'
import { toolFoldersOf } from '#trainer/3-scores/tools/sandbox'
import { ToolHost } from '#trainer/3-scores/tools/tool-host'

const { tools, hasSimulation, reason } = await nativeTools()

const INVERTER = 'module inverter(input [3:0] a, output [3:0] y);\n  assign y = ~a;\nendmodule\n'
const source = (name: string, text: string): OwnTestbench['files'][number] => ({ name, text, isSource: true })
const beside = (name: string, text: string): OwnTestbench['files'][number] => ({ name, text, isSource: false })

/** A testbench of sixteen vectors; `body` is done for each, `last` at the end. */
function aTestbench(body: string, last: string, changes: Partial<OwnTestbench> = {}): OwnTestbench {
  const text = `module tb;
  reg [3:0] a; wire [3:0] y; integer i, errors, f;
  reg [3:0] wanted [0:15];
  inverter dut(.a(a), .y(y));
  initial begin
    errors = 0;
    for (i = 0; i < 16; i = i + 1) begin a = i; #10 ${body} end
    ${last}
    $finish;
  end
endmodule
`
  return { rule: 'mismatch-count', files: [source('tb.v', text)], top: 'tb', expected: null, ...changes }
}
const MISMATCHES = '$display("Mismatches: %0d in %0d samples", errors, i);'
const COUNTING = aTestbench('if (y !== ~a) errors = errors + 1;', MISMATCHES)

describe.skipIf(!hasSimulation)(
  hasSimulation ? 'a testbench of the task' : `a testbench of the task (skipped: ${reason})`,
  () => {
    let host: ToolHost
    beforeAll(() => {
      host = new ToolHost({ bwrapPath: tools.bwrap!.path, toolFolders: toolFoldersOf([tools.iverilog!.path]) })
    })
    afterAll(() => host.close())

    const judged = async (testbench: OwnTestbench, code = INVERTER): Promise<TestbenchResult> =>
      (await judgeByOwnTestbench(host, code, { testbench, moduleName: 'inverter' })).verdict

    test('passes what is right, and counts what is wrong', async () => {
      expect(await judged(COUNTING)).toEqual({ outcome: 'passed', cycles: 16 })
      const wrong = INVERTER.replace('~a', '{~a[3:1], a[1]}')
      expect(await judged(COUNTING, wrong)).toMatchObject({ outcome: 'failed', matchingCycles: 8, cycles: 16 })
    })

    test('reads the files beside it, and they are not compiled', async () => {
      const bench = aTestbench('if (y !== wanted[i]) errors = errors + 1;', MISMATCHES)
      const text = bench.files[0]!.text.replace('errors = 0;', 'errors = 0; $readmemh("wanted.hex", wanted);')
      const files = [source('tb.v', text), beside('wanted.hex', 'f e d c b a 9 8 7 6 5 4 3 2 1 0')]
      expect(await judged({ ...bench, files })).toMatchObject({ outcome: 'passed' })
      const other = [files[0]!, beside('wanted.hex', '0 1 2 3 4 5 6 7 8 9 a b c d e f')]
      expect(await judged({ ...bench, files: other })).toMatchObject({ outcome: 'failed', matchingCycles: 0 })
    })

    test('may come in several sources', async () => {
      const [tb] = COUNTING.files
      const files = [source('golden.v', 'module golden(input [3:0] a, output [3:0] y); assign y = ~a; endmodule\n'), tb!]
      const text = tb!.text.replace('y !== ~a', 'y !== g').replace('wire', 'wire [3:0] g; golden r(.a(a), .y(g)); wire')
      expect(await judged({ ...COUNTING, files: [files[0]!, source('tb.v', text)] })).toMatchObject({ outcome: 'passed' })
      expect(await judged({ ...COUNTING, files: [source('tb.v', text)] })).toMatchObject({ outcome: 'compile-error' })
    })

    test('is found where nobody says which module begins', async () => {
      expect(await judged({ ...COUNTING, top: null })).toMatchObject({ outcome: 'passed' })
    })

    test('by vectors is right when the file that it wrote is', async () => {
      const writes = aTestbench('$fdisplay(f, "%h %h", a, y);', '$fclose(f);', { rule: 'vector-file' })
      const text = writes.files[0]!.text.replace('errors = 0;', 'f = $fopen("test_vectors.txt", "w");')
      const expected = Array.from({ length: 16 }, (_, i) => `${i.toString(16)} ${(15 - i).toString(16)}`).join('\n')
      const bench = { ...writes, files: [source('tb.v', text)], expected }
      expect(await judged(bench)).toMatchObject({ outcome: 'passed', cycles: 16 })
      expect(await judged(bench, INVERTER.replace('~a', 'a'))).toMatchObject({ outcome: 'failed', matchingCycles: 0 })
      expect(await judged({ ...bench, files: writes.files })).toMatchObject({ outcome: 'failed' })
    })

    test('by vectors takes no file that came with it for one that was written', async () => {
      const silent = aTestbench(';', '', { rule: 'vector-file', expected: '0 f\n' })
      const files = [...silent.files, beside('test_vectors.txt', '0 f\n')]
      expect((await judged({ ...silent, files }, INVERTER.replace('~a', "4'd0"))).outcome).toBe('failed')
    })

    test('names the file of an error that is not the design’s, and the line of one that is', async () => {
      const broken = { ...COUNTING, files: [source('tb.v', COUNTING.files[0]!.text.replace('errors = 0;', 'errors = ;'))] }
      expect(await judged(broken)).toMatchObject({
        outcome: 'compile-error',
        diagnostics: expect.arrayContaining([
          expect.objectContaining({ line: null, message: expect.stringContaining('tb.v line 6') }),
        ]),
      })
      expect(await judged(COUNTING, INVERTER.replace('~a;', ';'))).toMatchObject({
        outcome: 'compile-error',
        diagnostics: expect.arrayContaining([expect.objectContaining({ line: 2 })]),
      })
    })

    test('is not changed by what the design declares for itself', async () => {
      const loud = '`timescale 1s/1s\n`default_nettype none\n`define errors 0\n'
      const wrong = `${loud}${INVERTER.replace('~a', 'a')}`
      expect(await judged(COUNTING, wrong)).toMatchObject({ outcome: 'failed', matchingCycles: 0 })
      expect(await judged(COUNTING, `${loud}${INVERTER}`)).toMatchObject({ outcome: 'passed' })
    })

    test('a module of the design does not begin beside the testbench, where that is known', async () => {
      const talking = `${INVERTER.replace('~a', 'a')}module other;\n  initial $display("Mismatches: 0 in 16 samples");\nendmodule\n`
      expect((await judged(COUNTING, talking)).outcome).toBe('failed')
      expect((await judged({ ...COUNTING, top: null }, talking)).outcome).not.toBe('passed')
    })

    test('that a design ends, or that never says its verdict, is no pass', async () => {
      const ending = INVERTER.replace('endmodule', '  initial #15 $finish;\nendmodule')
      expect(await judged(COUNTING, ending)).toMatchObject({ outcome: 'failed', summary: expect.stringContaining('no verdict') })
      expect((await judged(aTestbench(';', ''))).outcome).toBe('failed')
    })

    test('that never ends is ended', { timeout: 90_000 }, async () => {
      const endless = aTestbench('while (1) errors = errors + 1;', MISMATCHES)
      expect(await judged(endless)).toMatchObject({ outcome: 'timeout', wasCompiled: true })
    })
  },
)
