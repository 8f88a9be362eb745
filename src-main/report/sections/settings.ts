/** Settings that are not the same in all runs, a column a group. */
import { heading, paragraph, type Block, type Table } from '../document.ts'
import { ABSENT } from '../numbers.ts'
import type { ReportSource } from '../source.ts'

/** Told elsewhere. */
const LEFT_OUT = ['name']
const MOST_COLUMNS = 4

export function settingsSection({ comparison: { groups, runs, differences } }: ReportSource): Block[] {
  if (runs.length < 2) return []
  const shown = differences.filter(({ path }) => !LEFT_OUT.includes(path))
  if (shown.length === 0) return [heading('Settings that differ'), paragraph('None.')]
  const valuesOf = (values: readonly (string | null)[], of: readonly string[]): string =>
    [...new Set(of.map((run) => plain(values[runs.indexOf(run)] ?? null)))].join(', ')
  const tables = Array.from({ length: Math.ceil(groups.length / MOST_COLUMNS) }, (_, i): Table => {
    const part = groups.slice(i * MOST_COLUMNS, (i + 1) * MOST_COLUMNS)
    return {
      kind: 'table',
      caption: '',
      head: ['Setting', ...part.map(({ title }) => title)],
      rows: shown.map(({ path, values }) => [path, ...part.map((group) => valuesOf(values, group.runs))]),
      cells: 'words',
    }
  })
  return [heading('Settings that differ'), ...tables]
}

/** JSON as a person writes it. */
function plain(json: string | null): string {
  if (json === null) return ABSENT
  const value: unknown = JSON.parse(json)
  return typeof value === 'string' ? value : value === null ? 'none' : json
}
