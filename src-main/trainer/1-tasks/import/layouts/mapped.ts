/** Any rows that have a prompt and a reference or a testbench, under whatever names. */
import type { ColumnMapping } from '#contract/dataset-check'
import { modulesOf } from '../../../verilog/modules.ts'
import { renamedTo, topsOf, unfenced, type Draft } from '../draft.ts'
import { fieldOf, optionalText, requiredText } from '../fields.ts'
import { RowProblem } from '../problem.ts'
import type { Row } from '../rows/rows.ts'
import { moduleUnderTest, ownTestbench } from '../testbench.ts'
import type { RowLayout } from './layout.ts'
import { rowId, splitOfRow } from './row-names.ts'

/** Names that data sets use, best first. */
const USUAL: Readonly<Record<'prompt' | 'reference' | 'testbench' | 'moduleName', readonly string[]>> = {
  prompt: ['instruction', 'prompt', 'question', 'description', 'problem', 'spec', 'specification', 'input'],
  reference: [
    'reference',
    'canonical_solution',
    'solution',
    'output',
    'response',
    'answer',
    'golden',
    'code',
    'verilog',
    'completion',
  ],
  testbench: ['testbench', 'tb', 'test', 'test_bench'],
  moduleName: ['moduleName', 'module_name', 'module', 'top', 'top_module'],
}

/** The usual names among a row's columns; null when they do not make a task. */
export function guessedMapping(value: Row['value']): ColumnMapping | null {
  const columns = new Map(Object.keys(value).map((name) => [name.toLowerCase(), name]))
  const guess = (names: readonly string[]): string | undefined =>
    names.map((name) => columns.get(name.toLowerCase())).find((name) => name !== undefined)
  const prompt = guess(USUAL.prompt)
  const [reference, testbench, moduleName] = [guess(USUAL.reference), guess(USUAL.testbench), guess(USUAL.moduleName)]
  if (prompt === undefined || (reference === undefined && testbench === undefined)) return null
  return {
    prompt,
    ...(reference !== undefined && { reference }),
    ...(testbench !== undefined && { testbench }),
    ...(moduleName !== undefined && { moduleName }),
  }
}

export function mapped(mapping: ColumnMapping): RowLayout {
  return {
    name: 'mapped columns',
    matches: (value) => fieldOf(value, mapping.prompt) !== undefined,
    draft: (row, file) => draftOf(row, file, mapping),
  }
}

function draftOf({ number, value }: Row, file: string, mapping: ColumnMapping): Draft {
  const instruction = requiredText(value, mapping.prompt)
  const textAt = (path: string | undefined): string | null => {
    const text = path === undefined ? null : optionalText(value, path)
    return text === null ? null : unfenced(text)
  }
  const [code, bench] = [textAt(mapping.reference), textAt(mapping.testbench)]
  if (code === null && bench === null) {
    throw new RowProblem(mapping.reference ?? null, 'There is neither a reference nor a testbench.', 'Fill one of them in.')
  }
  const stated = mapping.moduleName === undefined ? null : optionalText(value, mapping.moduleName)
  const moduleName =
    stated ?? (bench === null ? null : moduleUnderTest([bench])) ?? (code === null ? null : (topsOf(modulesOf(code))[0] ?? null))
  if (moduleName === null) {
    throw new RowProblem(
      mapping.reference ?? null,
      'No module can be found in it.',
      'Give a whole module, or a column with its name.',
    )
  }
  const own = mapping.id === undefined ? null : optionalText(value, mapping.id)
  return {
    id: own ?? rowId(value, file, number),
    family: 'imported',
    difficulty: 3,
    instruction,
    moduleName,
    reference: code === null ? null : renamedTo(moduleName, code),
    testbench: bench === null ? null : ownTestbench([{ name: 'testbench.sv', text: bench, isSource: true }], moduleName),
    split: splitOfRow(value, file, mapping.split),
    group: null,
  }
}
