/** VerilogEval v1: rows of `task_id`, `prompt` (a module's header), `canonical_solution` (its body), `test`; the words stand in a file of their own. */
import type { Draft } from '../draft.ts'
import type { Row } from '../rows/rows.ts'
import { moduleUnderTest, ownTestbench } from '../testbench.ts'
import { optionalText, requiredText } from '../fields.ts'
import { modulesOf } from '../../../verilog/modules.ts'
import type { RowLayout } from './layout.ts'

/** Words of a task by its id, from `VerilogDescription_*.jsonl`. */
export type Descriptions = ReadonlyMap<string, string>

export function isDescription(value: Row['value']): boolean {
  return 'task_id' in value && 'detail_description' in value
}

export function verilogEvalV1(descriptions: Descriptions): RowLayout {
  return {
    name: 'VerilogEval v1',
    matches: (value) => ['task_id', 'prompt', 'canonical_solution', 'test'].every((name) => name in value),
    draft: ({ value }, file) => draftOf(value, file, descriptions),
  }
}

function draftOf(value: Row['value'], file: string, descriptions: Descriptions): Draft {
  const id = requiredText(value, 'task_id')
  const header = requiredText(value, 'prompt')
  const body = optionalText(value, 'canonical_solution')
  const test = requiredText(value, 'test')
  const reference = body === null ? null : /\bmodule\b/.test(body) ? body : `${header.trimEnd()}\n${body}`
  const moduleName = moduleUnderTest([test]) ?? modulesOf(header)[0]?.name ?? 'top_module'
  const words = descriptions.get(id) ?? optionalText(value, 'detail_description')
  return {
    id,
    family: /machine/i.test(file) ? 'verilog-eval-v1-machine' : 'verilog-eval-v1-human',
    difficulty: 3,
    instruction: `${words === null ? '' : `${words.trim()}\n\n`}Write the whole module. It begins so:\n\n${header.trim()}`,
    moduleName,
    reference,
    testbench: ownTestbench([{ name: 'test.sv', text: test, isSource: true }], moduleName, { rule: 'mismatch-count' }),
    split: null,
    group: id,
  }
}
