import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ReferencedTask } from '#contract/task'
import { nativeTools } from '#test/support/native-tools'
import { aTask } from '#test/support/verilog'
import { judgeByHarness, prepareHarness } from '#trainer/3-scores/testbench/harness'
import { findCore, type IcarusCore } from '#trainer/3-scores/testbench/icarus-core'
import type { TestbenchResult } from '#trainer/3-scores/testbench/result'
import type { Runner } from '#trainer/3-scores/tools/sandbox'
import { toolFoldersOf } from '#trainer/3-scores/tools/sandbox'
import { ToolHost } from '#trainer/3-scores/tools/tool-host'

const { tools, hasSimulation, reason } = await nativeTools()

const plan = {
  clock: { port: 'clk', edge: 'rising' },
  reset: { port: 'rst', kind: 'sync', active: 'high' },
  resetCycles: 2,
  cycles: 30,
  randomSequences: 4,
  midResetChance: 0.05,
  bias: {},
  directed: [],
} as const satisfies ReferencedTask['stimulus']
const port = (name: string, direction: 'input' | 'output', width = 1): ReferencedTask['ports'][number] => ({
  name,
  direction,
  width,
})

const COUNTER = aTask({
  ports: [port('clk', 'input'), port('rst', 'input'), port('en', 'input'), port('q', 'output', 4), port('top', 'output')],
  reference: `module m(input clk, input rst, input en, output reg [3:0] q, output top);
  always @(posedge clk) if (rst) q <= 0; else if (en) q <= q + 1;
  assign top = &q;
endmodule`,
  stimulus: { ...plan, cycles: 100, midResetChance: 0.02, bias: { en: 0.9 } },
})
const WIDE = aTask({
  ports: [port('a', 'input', 70), port('b', 'input', 3), port('y', 'output', 73)],
  reference: 'module m(input [69:0] a, input [2:0] b, output [72:0] y);\n  assign y = {b, a};\nendmodule',
  stimulus: { ...plan, clock: null, reset: null, resetCycles: 0, midResetChance: 0 },
})
const FALLING = aTask({
  ports: [port('clk', 'input'), port('d', 'input'), port('q', 'output')],
  reference: 'module m(input clk, input d, output reg q);\n  always @(negedge clk) q <= d;\nendmodule',
  stimulus: { ...plan, clock: { port: 'clk', edge: 'falling' }, reset: null, midResetChance: 0 },
})

describe.skipIf(!hasSimulation)(hasSimulation ? 'the hardened testbench' : `the hardened testbench (skipped: ${reason})`, () => {
  let host: ToolHost
  let core: IcarusCore | null

  beforeAll(async () => {
    host = new ToolHost({ bwrapPath: tools.bwrap!.path, toolFolders: toolFoldersOf([tools.iverilog!.path]) })
    core = await findCore(host)
  })
  afterAll(() => host.close())

  async function judged(
    task: ReferencedTask,
    code: string,
    runner: Runner = host,
    by: IcarusCore | null = core,
  ): Promise<TestbenchResult> {
    const playbook = await prepareHarness(host, task, 3, { core: by })
    return (await judgeByHarness(runner, code, playbook, { core: by })).verdict
  }

  test('finds the compiler behind the driver', () => expect(core).not.toBeNull())

  test.each([
    ['a counter with reset', COUNTER],
    ['wide ports', WIDE],
    ['a falling clock', FALLING],
  ])('passes the reference: %s', async (_, task) => {
    expect(await judged(task, task.reference)).toMatchObject({ outcome: 'passed' })
    expect(await judged(task, task.reference, host, null)).toMatchObject({ outcome: 'passed' })
  })

  test.each([
    ['an output that lags', COUNTER, ['assign top = &q', 'reg t; always @(posedge clk) t <= &q; assign top = t']],
    ['an asynchronous reset', COUNTER, ['always @(posedge clk)', 'always @(posedge clk or posedge rst)']],
    ['no enable', COUNTER, ['else if (en)', 'else']],
    ['no reset', COUNTER, ['if (rst) q <= 0; else', '']],
    ['another edge', FALLING, ['negedge', 'posedge']],
    ['two bits that changed places', WIDE, ['{b, a}', '{b, a[0], a[68:1], a[69]}']],
    ['an output that is not driven', COUNTER, ['assign top = &q;', '']],
  ] as const)('fails %s, and shows where', async (_, task, [from, to]) => {
    const verdict = await judged(task, task.reference.replace(from, to))
    expect(verdict).toMatchObject({
      outcome: 'failed',
      counterexample: { expected: expect.anything(), actual: expect.anything() },
    })
    if (verdict.outcome !== 'failed') throw new Error('not reached')
    expect(verdict.counterexample!.expected).not.toEqual(verdict.counterexample!.actual)
    expect(verdict.matchingCycles).toBeLessThan(verdict.cycles)
  })

  test('the first failing cycle has the inputs that a person can try', async () => {
    const verdict = await judged(WIDE, WIDE.reference.replace('{b, a}', '{b, ~a}'))
    expect(verdict).toMatchObject({
      outcome: 'failed',
      counterexample: { cycle: 0, inputs: { a: expect.stringMatching(/^[0-9a-f]+$/) } },
    })
  })

  test('says which line does not compile', async () => {
    const verdict = await judged(COUNTER, COUNTER.reference.replace('assign top = &q', 'assign top = ;'))
    expect(verdict).toMatchObject({
      outcome: 'compile-error',
      diagnostics: expect.arrayContaining([expect.objectContaining({ line: 3, severity: 'error' })]),
    })
  })

  test('takes a construct that Icarus does not know for a limit of the tool', async () => {
    const code = COUNTER.reference.replace('assign top', 'always @* begin for (int i = 0; i < 3; i++) break; end assign top')
    const verdict = await judged(COUNTER, code)
    if (tools.iverilog!.version.startsWith('11'))
      expect(verdict).toMatchObject({ outcome: 'tool-limit', reason: expect.stringMatching(/^sorry/) })
    else expect(['tool-limit', 'passed', 'compile-error']).toContain(verdict.outcome)
  })

  test.each([
    ['talks', 'initial $display("0 0000");', 'forged'],
    ['talks like the testbench', 'initial $display("0123456789abcdef01 0000");', 'forged'],
    ['ends the simulation', 'initial #3 $finish;', 'failed'],
    ['swallows the input', "integer c; initial begin c = 0; while (c >= 0) c = $fgetc(32'h8000_0000); end", 'failed'],
    ['never rests', 'reg r; initial begin r = 0; forever r = ~r; end', 'timeout'],
  ])('a design that %s does not pass, even where no guard stood before it', { timeout: 90_000 }, async (_, line, outcome) => {
    const verdict = await judged(COUNTER, COUNTER.reference.replace('endmodule', `  ${line}\nendmodule`), host, null)
    expect(verdict.outcome).toBe(outcome)
  })

  test('every simulation has another secret and another top', async () => {
    const seen: string[] = []
    const spy: Runner = {
      run: (job) => {
        seen.push(job.files['testbench.v']!)
        return host.run(job)
      },
    }
    await judged(COUNTER, COUNTER.reference, spy)
    await judged(COUNTER, COUNTER.reference, spy)
    const [words, tops] = [/display\("(\w+) /, /module (\w+)/].map((pattern) => seen.map((text) => pattern.exec(text)![1]))
    expect(new Set(words).size).toBe(2)
    expect(new Set(tops).size).toBe(2)
  })

  test('expected values are never in the box', async () => {
    const files: string[] = []
    const spy: Runner = {
      run: (job) => {
        files.push(...Object.values(job.files), job.stdin ?? '')
        return host.run(job)
      },
    }
    const playbook = await prepareHarness(host, WIDE, 3, { core })
    await judgeByHarness(spy, WIDE.reference, playbook, { core })
    for (const line of playbook.expected) expect(files.some((text) => text.includes(line))).toBe(false)
  })

  test('a cycle of a clocked task is looked at twice, of a combinational one once', async () => {
    const comparedLines = async (task: ReferencedTask): Promise<[number, number]> => {
      const { lines, expected } = await prepareHarness(host, task, 3, { core })
      return [lines.filter(({ isQuiet }) => !isQuiet).length, expected.length]
    }
    const [clocked, answers] = await comparedLines(COUNTER)
    expect([clocked, answers]).toEqual([400, 800])
    expect(await comparedLines(WIDE)).toEqual([120, 120])
  })

  test('every sequence begins in reset, and there are twelve at most', async () => {
    const task = { ...COUNTER, stimulus: { ...COUNTER.stimulus, cycles: 5, randomSequences: 40, midResetChance: 0 } }
    const { lines } = await prepareHarness(host, task, 3, { core })
    const one = ['quiet 1', 'quiet 1', ...Array<string>(5).fill('compared 0')]
    expect(lines.map(({ isQuiet, inputs }) => `${isQuiet ? 'quiet' : 'compared'} ${inputs.rst}`)).toEqual(
      Array(12).fill(one).flat(),
    )
  })

  test('the same seed gives the same stimulus and the same answers, another seed others', async () => {
    const [once, again, other] = await Promise.all([3, 3, 4].map((seed) => prepareHarness(host, WIDE, seed, { core })))
    expect(again).toEqual(once)
    expect(other!.lines).not.toEqual(once!.lines)
  })

  test('a bit that the reference leaves open may be anything, one that the design leaves open is wrong', async () => {
    const ports = [port('a', 'input', 2), port('y', 'output', 2)]
    const module = (y: string): string => `module m(input [1:0] a, output [1:0] y);\n  assign y = ${y};\nendmodule`
    const task = aTask({ ports, reference: module("{a[0], 1'bx}"), stimulus: { ...WIDE.stimulus } })
    expect((await judged(task, module("{a[0], 1'b1}"))).outcome).toBe('passed')
    expect((await judged(task, module("{1'bx, a[0]}"))).outcome).toBe('failed')
    expect((await judged(task, module("{1'bz, a[0]}"))).outcome).toBe('failed')
  })

  test.each([
    ['a line too many', (lines: string[], word: string) => [...lines.slice(0, -1), `${word} 00000`, ...lines.slice(-1)]],
    ['a line too few', (lines: string[]) => lines.slice(1)],
    ['no end', (lines: string[]) => lines.slice(0, -1)],
    ['another end in its midst', (lines: string[]) => [...lines.slice(0, 9), lines.at(-1)!, ...lines.slice(9)]],
    ['a line of someone else', (lines: string[]) => ['well done', ...lines]],
    ['the word and no blank', (lines: string[], word: string) => [...lines, word]],
    ['nothing', () => []],
  ] as const)('an output with %s is no pass, even where it knows the secret word', async (_, change) => {
    const changing: Runner = {
      run: async (job) => {
        const result = await host.run(job)
        const [mark, ...lines] = result.stdout.trimEnd().split('\n')
        const word = lines.at(-1)!.split(' ')[0]!
        return { ...result, stdout: [mark, ...change(lines, word), ''].join('\n') }
      },
    }
    const same: Runner = { run: (job) => host.run(job) }
    expect((await judged(COUNTER, COUNTER.reference, same)).outcome).toBe('passed')
    expect(['failed', 'forged']).toContain((await judged(COUNTER, COUNTER.reference, changing)).outcome)
  })
})
