/** Cheats where most is to be won: tasks that are judged by the testbench that came with them. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isScored } from '#contract/score'
import type { OwnTestbench, Task } from '#contract/task'
import { attacks, VICTIM } from '#test/support/hostile'
import { nativeTools } from '#test/support/native-tools'
import { fenced } from '#trainer/3-scores/extract'
import { createScorer, type Scorer } from '#trainer/3-scores/scorer'
import { startSimulation, type Simulation } from '#trainer/3-scores/simulation'

const { hasSimulation, reason } = await nativeTools()

const GOLDEN = VICTIM.reference.replace('module victim', 'module golden')
/** With what testbenches have that a design could reach for: nets between it and the reference, a task, a function. */
const bench = (verdict: string): string => `module tb;
  reg clk = 0; reg [3:0] value = 0; wire [3:0] d, q, wanted; integer i, errors;
  assign d = value;
  task ok; errors = 0; endtask
  function [3:0] expected(input [3:0] of); expected = of; endfunction
  victim dut(.clk(clk), .d(d), .q(q));
  golden gold(.clk(clk), .d(d), .q(wanted));
  initial begin
    errors = 0;
    for (i = 0; i < 20; i = i + 1) begin
      value = i * 7; #1 clk = 1; #1 if (q !== wanted) errors = errors + 1; clk = 0; #1;
    end
    ${verdict}
    $finish;
  end
endmodule
`
const VERDICTS = {
  'mismatch-count': '$display("Mismatches: %0d in %0d samples", errors, i);',
  'design-passed': 'if (errors == 0) $display("===Your Design Passed==="); else $display("===Error===");',
  'all-tests-passed': 'if (errors == 0) $display("all tests passed"); else $display("Test Summary: %0d/%0d", i - errors, i);',
} as const
/** The victim's outputs held at 0. */
const ZERO = 'module victim(input clk, input [3:0] d, output [3:0] q);\n  assign q = 0;\nendmodule\n'
type Rule = keyof typeof VERDICTS

function taskBy(rule: Rule, files = [GOLDEN, bench(VERDICTS[rule])]): Task {
  const sources = files.map((text, i) => ({ name: `part${i}.v`, text, isSource: true }))
  const testbench: OwnTestbench = { rule, files: sources, top: 'tb', expected: null }
  return { ...VICTIM, id: `by ${rule}`, reference: null, stimulus: null, trivialMatch: 0, testbench }
}

describe.skipIf(!hasSimulation)(
  hasSimulation ? 'a testbench that came with the task' : `a testbench that came with the task (skipped: ${reason})`,
  () => {
    const base = createScorer({ workers: 1, timeoutMs: 1_500 })
    let simulation: Simulation
    let scorer: Scorer
    beforeAll(async () => {
      simulation = await startSimulation({ environment: process.env, isUnboxedAllowed: false })
      scorer = base.judgedBy('testbench', simulation)
    })
    afterAll(async () => {
      await simulation.close()
      await base.close()
    })
    const functionalOf = async (code: string, task: Task): Promise<unknown> =>
      (await scorer.score(fenced(code), task, 1)).scores.functional

    describe.each(Object.keys(VERDICTS) as Rule[])('with the rule %s', (rule) => {
      const task = taskBy(rule)

      test('passes the right design, and no other', async () => {
        expect(await functionalOf(VICTIM.reference, task)).toMatchObject({ value: 1, outcome: 'passed' })
        expect(await functionalOf(VICTIM.reference.replace('<= d', '<= ~d'), task)).toMatchObject({ value: 0 })
      })

      test.each(attacks('cheats'))('is not fooled by %s', { timeout: 60_000 }, async (_, code) => {
        const score = (await scorer.score(fenced(code), task, 1)).scores.functional
        const nothing = (await scorer.score(fenced(ZERO), task, 1)).scores.functional
        if (!isScored(score) || !isScored(nothing)) throw new Error('it was not scored')
        expect(score.outcome).not.toBe('passed')
        // Whoever outputs a constant is right by chance at times, and may have that much.
        expect(score.value).toBeLessThanOrEqual(nothing.value)
        expect(nothing.value).toBeLessThanOrEqual(0.1)
      })
    })

    test('whose golden module is missing lets no design bring one', async () => {
      const task = taskBy('mismatch-count', [bench(VERDICTS['mismatch-count'])])
      const golden = 'module golden(input clk, input [3:0] d, output [3:0] q);\n  assign q = 0;\nendmodule\n'
      const victim = golden.replace('golden', 'victim').replace('assign q = 0', 'golden own(.clk(clk), .d(d), .q(q))')
      expect(await functionalOf(victim + golden, task)).toMatchObject({ value: 0 })
    })

    test.each([
      ['a comment', '', '// synthesis translate_off', '// synthesis translate_on'],
      ['a comment of another kind', '', '/* synopsys translate_off */', '/* synopsys translate_on */'],
      ['an attribute', '(* blackbox *)', '', ''],
    ])('counts logic that synthesis is told by %s to pass over', async (_, before, off, on) => {
      const code = `${before} module victim(input clk, input [3:0] d, output reg [3:0] q);
  ${off}
  always @(posedge clk) q <= d;
  ${on}
endmodule`
      const { synthesis } = (await scorer.score(fenced(code), taskBy('mismatch-count'), 1)).scores
      expect(isScored(synthesis) && (synthesis.outcome !== 'passed' || synthesis.evidence.cellCount === 4)).toBe(true)
    })
  },
)
