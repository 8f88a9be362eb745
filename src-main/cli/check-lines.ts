/** Checks of this computer or of a host -> lines for a terminal. */
import type { DoctorCheck } from '#contract/api'
import { tableLines } from './table.ts'
import type { Style, Terminal } from './terminal.ts'

const MARKS: Readonly<Record<DoctorCheck['state'], readonly [style: Style, mark: string]>> = {
  good: ['green', 'good'],
  warning: ['yellow', 'note'],
  bad: ['red', 'BAD'],
}

/** What helps stands below what was found. */
export function checkLines(checks: readonly DoctorCheck[], terminal: Pick<Terminal, 'paint'>): string[] {
  const rows = checks.flatMap(({ name, state, finding, remedy }) => {
    const [style, mark] = MARKS[state]
    return [[terminal.paint(style, mark), name, finding], ...(remedy === '' ? [] : [['', '', remedy]])]
  })
  return tableLines(rows)
}
