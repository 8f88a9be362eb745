import type { DoctorCheck } from '#contract/api'
import { EXIT_CODES } from '#contract/run-directory'
import { command, JSON_OPTION } from '../command.ts'
import { tableLines } from '../table.ts'
import type { Style } from '../terminal.ts'

const MARKS: Readonly<Record<DoctorCheck['state'], readonly [style: Style, mark: string]>> = {
  good: ['green', 'good'],
  warning: ['yellow', 'note'],
  bad: ['red', 'BAD'],
}

export const doctor = command({
  name: 'doctor',
  summary: 'Look at what this machine can do, and say what helps where it cannot',
  takes: [],
  options: { json: JSON_OPTION },
  notes: ['Exit code 0 unless something is bad. A note names what is missing and not needed.'],
  run: async ({ terminal, doctorReport }, _, values) => {
    const report = await doctorReport()
    if (values.json === true) terminal.print(JSON.stringify(report, null, 2))
    else {
      const rows = report.checks.flatMap(({ name, state, finding, remedy }) => {
        const [style, mark] = MARKS[state]
        return [[terminal.paint(style, mark), name, finding], ...(remedy === '' ? [] : [['', '', remedy]])]
      })
      terminal.print(tableLines(rows).join('\n'))
    }
    return report.checks.some(({ state }) => state === 'bad') ? EXIT_CODES.failed : 0
  },
})
