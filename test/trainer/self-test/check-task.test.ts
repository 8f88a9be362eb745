import { afterAll, describe, expect, test } from 'vitest'
import { isScored } from '#contract/score'
import type { Port, Task } from '#contract/task'
import { fenced } from '#trainer/3-scores/extract'
import { createScorer } from '#trainer/3-scores/scorer'
import { checkTask, type Judges } from '#trainer/self-test/check-task'
import { probesOf } from '#trainer/self-test/probes'
import { importedTask } from '#test/support/verilog'

const scorer = createScorer({ workers: 1 })
afterAll(() => scorer.close())

const COUNTER = `module m(input clk, input rst, output reg [3:0] q);
  always @(posedge clk) if (rst) q <= 0; else q <= q + 1;
endmodule`

const badgeOf = async (task: Task, judge: Judges['netlist'] = scorer): Promise<[string, string]> => {
  const { check } = await checkTask(task, { netlist: judge, testbench: null })
  return [check.badge, check.reason]
}

describe('a self-test', () => {
  test('finds a task healthy whose reference passes and whose probes fail, and completes it', async () => {
    const { check, task } = await checkTask(importedTask(COUNTER), { netlist: scorer, testbench: null })
    expect(check).toMatchObject({ id: 'imported', badge: 'healthy', reason: '' })
    expect(task).toMatchObject({
      ports: [{ name: 'clk' }, { name: 'rst' }, { name: 'q', width: 4 }],
      stimulus: { clock: { port: 'clk' } },
    })
  })

  test('says what Yosys says of a reference that it refuses', async () => {
    const [badge, reason] = await badgeOf(importedTask(COUNTER.replace('q <= 0;', 'q <= ;')))
    expect(badge).toBe('reference-fails')
    expect(reason).toMatch(/refused by Yosys: line 2: syntax error/)
  })

  test('does not run without a reference', async () => {
    expect(await badgeOf(importedTask(null))).toEqual(['not-run', 'The data set gives no reference that could be tried.'])
  })

  test('says what no completion may write, and lets the reference write it', async () => {
    const reference = COUNTER.replace('module', '`define ONE 1\nmodule').replace('q + 1', 'q + `ONE')
    expect(await badgeOf(importedTask(reference))).toEqual([
      'healthy',
      'No completion may be written like its reference, because that uses the directive `define.',
    ])
  })

  test('finds a judge that believes everything', async () => {
    const credulous: Judges['netlist'] = {
      score: (_, task, seed) => scorer.score(`\`\`\`verilog\n${task.reference}\n\`\`\``, task, seed),
      scoreReference: (task, seed) => scorer.scoreReference(task, seed),
    }
    expect(await badgeOf(importedTask(COUNTER), credulous)).toEqual([
      'judge-fooled',
      'The judge passes the probe "empty module".',
    ])
  })

  test('holds nothing against a judge that passes a constant where that is the right answer', async () => {
    const constant = importedTask('module m(input a, output y);\n  assign y = 0;\nendmodule')
    expect(await badgeOf(constant)).toEqual(['healthy', ''])
  })

  test('tries nothing, constants, unknowns, the opposite and a forged verdict', async () => {
    const ports: Port[] = [
      { name: 'clk', direction: 'input', width: 1 },
      { name: 'rst', direction: 'input', width: 1 },
      { name: 'q', direction: 'output', width: 4 },
    ]
    const probes = probesOf({ moduleName: 'm', reference: COUNTER, rule: null }, ports)
    expect(probes.map(({ name }) => name)).toEqual([
      'empty module',
      'all outputs 0',
      'all outputs 1',
      'all outputs unknown',
      'all outputs inverted',
      'forged verdict',
    ])
    const { task } = await checkTask(importedTask(COUNTER), { netlist: scorer, testbench: null })
    const functional = await Promise.all(
      probes.map(async ({ code }) => (await scorer.score(fenced(code), task, 1)).scores.functional),
    )
    expect(functional.map((score) => isScored(score) && score.value)).toEqual([0, 0, 0, 0, 0, 0])
  })
})
