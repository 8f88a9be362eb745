/** Which column of a set of rows is what, as a person types it. */
import type { ColumnMapping } from '#contract/dataset-check'

type Part = keyof ColumnMapping
export type ColumnTexts = Partial<Record<Part, string>>

export const COLUMN_PARTS: readonly { readonly part: Part; readonly label: string; readonly hint: string }[] = [
  { part: 'prompt', label: 'Prompt', hint: 'e.g. question' },
  { part: 'reference', label: 'Reference', hint: 'e.g. solution.code' },
  { part: 'testbench', label: 'Testbench', hint: 'e.g. test' },
  { part: 'moduleName', label: 'Module name', hint: 'e.g. top' },
  { part: 'split', label: 'Split', hint: 'train, validation or test' },
  { part: 'id', label: 'Id', hint: 'e.g. task_id' },
]

/** Nothing is typed. */
export const NO_COLUMNS = Object.fromEntries(COLUMN_PARTS.map(({ part }) => [part, ''])) as Record<Part, string>

/** null where no prompt is named: then layouts are tried. */
export function mappingOf(columns: ColumnTexts): ColumnMapping | null {
  const named = COLUMN_PARTS.map(({ part }) => [part, columns[part]?.trim() ?? ''] as const).filter(([, name]) => name !== '')
  const { prompt, ...others } = Object.fromEntries(named) as ColumnTexts
  return prompt === undefined ? null : { prompt, ...others }
}
