/** VerilogEval v1: rows of `task_id`, `prompt` (a module's header), `canonical_solution` (its body), `test`; the words stand in a file of their own. */
import { posix } from 'node:path'
import type { Draft } from '../draft.ts'
import type { Row } from '../rows/rows.ts'
import { moduleUnderTest, ownTestbench } from '../testbench.ts'
import { optionalText, requiredText } from '../fields.ts'
import { RowProblem } from '../problem.ts'
import { modulesOf } from '../../../verilog/modules.ts'
import { tokensOf } from '../../../verilog/tokens.ts'
import type { RowLayout } from './layout.ts'
import { problemName } from './verilog-eval-v2.ts'

/** Words of a task by the subset and its id, from `VerilogDescription_*.jsonl`: the subsets describe the same tasks in other words. */
export type Descriptions = ReadonlyMap<string, string>

export function isDescription(value: Row['value']): boolean {
  return 'task_id' in value && 'detail_description' in value && !('test' in value)
}

/** Key of its words. */
export function describedTask(file: string, id: string): string {
  return posix.join(subsetOf(file), id)
}

/** '' where the file's name does not say. */
function subsetOf(file: string): string {
  return /human|machine/i.exec(posix.basename(file))?.[0].toLowerCase() ?? ''
}

/** `files`: all of the data set. Where it has both subsets, which name their tasks alike, the subset is part of an id. */
export function verilogEvalV1(descriptions: Descriptions, files: readonly string[]): RowLayout {
  const subsets = new Set(files.filter((file) => !/description/i.test(file)).map(subsetOf))
  const hasBoth = subsets.has('human') && subsets.has('machine')
  return {
    name: 'VerilogEval v1',
    matches: (value) => ['task_id', 'prompt', 'canonical_solution', 'test'].every((name) => name in value),
    draft: ({ value }, file) => draftOf(value, file, descriptions, hasBoth),
  }
}

const WORDLESS = new RowProblem(
  'detail_description',
  'No words say what the module must do.',
  'Import the folder that also holds VerilogDescription_*.jsonl.',
)

/** A comment before the module or behind its header tells what to do; one in the list of ports only what a port is. */
function hasWords(header: string): boolean {
  const tokens = tokensOf(header)
  const begin = tokens.findIndex(({ kind, text }) => kind === 'word' && text === 'module')
  const end = tokens.findIndex(({ kind, text }, i) => i > begin && kind === 'symbol' && text === ';')
  return tokens.some(
    ({ kind, text }, i) => kind === 'comment' && /[A-Za-z]{2}/.test(text) && (i < begin || (end >= 0 && i > end)),
  )
}

function draftOf(value: Row['value'], file: string, descriptions: Descriptions, hasBoth: boolean): Draft {
  const id = requiredText(value, 'task_id')
  const header = requiredText(value, 'prompt')
  const body = optionalText(value, 'canonical_solution')
  const test = requiredText(value, 'test')
  const reference = body === null ? null : /\bmodule\b/.test(body) ? body : `${header.trimEnd()}\n${body}`
  const moduleName = moduleUnderTest([test]) ?? modulesOf(header)[0]?.name ?? 'top_module'
  const subset = subsetOf(file)
  const words =
    optionalText(value, 'detail_description') ?? descriptions.get(describedTask(file, id)) ?? descriptions.get(id) ?? null
  return {
    id: hasBoth ? describedTask(file, id) : id,
    family: subset === '' ? 'verilog-eval-v1' : `verilog-eval-v1-${subset}`,
    difficulty: 3,
    instruction: `${words === null ? '' : `${words.trim()}\n\n`}Write the whole module. It begins so:\n\n${header.trim()}`,
    moduleName,
    reference,
    testbench: ownTestbench([{ name: 'test.sv', text: test, isSource: true }], moduleName, { rule: 'mismatch-count' }),
    split: null,
    group: problemName(id),
    remarks: words === null && !hasWords(header) ? [WORDLESS] : [],
  }
}
