import { describe, expect, test } from 'vitest'
import type { Task } from '#contract/task'
import { importedTask } from '#test/support/verilog'
import { checkJudge } from '#trainer/commands/judges'
import { VICTIM } from '#test/support/hostile'

const testbench: Task['testbench'] = {
  rule: 'mismatch-count',
  files: [{ name: 'tb.v', text: 'module tb; endmodule', isSource: true }],
  top: 'tb',
  expected: null,
}
/** With a testbench, and no stimulus. */
const TESTED: Task = { ...importedTask('module m(input a, output y); endmodule'), id: 'tested', testbench }

describe('a run does not start on tasks that its judge cannot decide', () => {
  test('the netlist judge needs a stimulus', () => {
    const tasks = { train: [VICTIM, TESTED, { ...TESTED, id: 'other' }], validation: [VICTIM] }
    expect(() => checkJudge(tasks, 'netlist')).toThrow(
      expect.objectContaining({
        code: 'dataset.undecidable',
        exitCode: 2,
        sentence:
          'The judge "netlist" cannot decide 2 tasks of the train split, e.g. tested: it has nothing to compare a design with. ' +
          'Choose the judge that these tasks were checked with: --set judge=testbench.',
      }),
    )
    expect(() => checkJudge(tasks, 'testbench')).not.toThrow()
    expect(() => checkJudge(tasks, 'both')).not.toThrow()
  })

  test('no judge decides a task that has neither', () => {
    const tasks = { train: [VICTIM], validation: [importedTask(null)] }
    expect(() => checkJudge(tasks, 'both')).toThrow('validation')
  })
})
