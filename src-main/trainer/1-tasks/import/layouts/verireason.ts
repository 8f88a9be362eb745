/** VeriReason: rows of `instruction`, `output` (the reference in a fence), `tb`, `tb_result` (what it must write to test_vectors.txt). */
import { modulesOf } from '../../../verilog/modules.ts'
import { renamedTo, topsOf, unfenced } from '../draft.ts'
import { optionalText, requiredText } from '../fields.ts'
import { RowProblem } from '../problem.ts'
import { moduleUnderTest, ownTestbench } from '../testbench.ts'
import type { RowLayout } from './layout.ts'
import { rowId, splitOfRow } from './row-names.ts'

export const veriReason: RowLayout = {
  name: 'VeriReason',
  matches: (value) => ['instruction', 'output', 'tb', 'tb_result'].every((name) => name in value),
  draft: (row, file) => {
    const { value } = row
    const instruction = requiredText(value, 'instruction')
    const output = requiredText(value, 'output')
    const bench = requiredText(value, 'tb')
    const expected = optionalText(value, 'tb_result')
    if (expected === null) {
      throw new RowProblem(
        'tb_result',
        'There are no expected test vectors.',
        'Run the testbench on the reference and keep what it writes.',
      )
    }
    const code = unfenced(output)
    const moduleName = moduleUnderTest([unfenced(bench)]) ?? topsOf(modulesOf(code))[0]
    if (moduleName === undefined)
      throw new RowProblem('output', 'The reference has no module.', 'Give a whole module in a fence.')
    const parts = [{ name: 'testbench.v', text: unfenced(bench), isSource: true }]
    return {
      id: rowId(value, file, row.number),
      family: /simple/i.test(file) ? 'verireason-simple' : 'verireason',
      difficulty: /simple/i.test(file) ? 2 : 4,
      instruction,
      moduleName,
      reference: renamedTo(moduleName, code),
      testbench: ownTestbench(parts, moduleName, { rule: 'vector-file', expected }),
      split: splitOfRow(value, file),
      group: null,
    }
  },
}
