import { afterAll, describe, expect, test } from 'vitest'
import type { Task } from '#contract/task'
import { createScorer, type Scorer } from '#trainer/3-scores/scorer'
import { checkTask } from '#trainer/self-test/check-task'
import { probesOf } from '#trainer/self-test/probes'
import { importedTask } from '#test/support/verilog'

const scorer = createScorer({ workers: 1 })
afterAll(() => scorer.close())

const COUNTER = `module m(input clk, input rst, output reg [3:0] q);
  always @(posedge clk) if (rst) q <= 0; else q <= q + 1;
endmodule`

const badgeOf = async (task: Task, judge: Pick<Scorer, 'score'> = scorer): Promise<[string, string]> => {
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
    expect(badge).toBe('not-run')
    expect(reason).toMatch(/refused by Yosys: syntax error/)
  })

  test('does not run without a reference', async () => {
    expect(await badgeOf(importedTask(null))).toEqual(['not-run', 'The data set gives no reference that could be tried.'])
  })

  test('says in which way a reference fails', async () => {
    // Its own guard refuses what reads a file.
    const [badge, reason] = await badgeOf(importedTask(COUNTER.replace('endmodule', '  initial $readmemh("x", q);\nendmodule')))
    expect(badge).not.toBe('healthy')
    expect(reason).not.toBe('')
  })

  test('finds a judge that believes everything', async () => {
    const credulous: Pick<Scorer, 'score'> = {
      score: (_, task, seed) => scorer.score(`\`\`\`verilog\n${task.reference}\n\`\`\``, task, seed),
    }
    expect(await badgeOf(importedTask(COUNTER), credulous)).toEqual([
      'judge-fooled',
      'The judge passes the probe "empty module".',
    ])
  })

  test('takes no constant for a probe where a constant is the right answer', () => {
    const ports = [{ name: 'y', direction: 'output', width: 1 }] as const
    expect(probesOf({ moduleName: 'm', ports: [...ports], trivialMatch: 1 }).map(({ name }) => name)).toEqual(['forged verdict'])
    expect(probesOf({ moduleName: 'm', ports: [...ports], trivialMatch: 0.5 })).toHaveLength(4)
  })
})
