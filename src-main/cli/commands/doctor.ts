import { EXIT_CODES } from '#contract/run-directory'
import { checkLines } from '../check-lines.ts'
import { command, JSON_OPTION } from '../command.ts'

export const doctor = command({
  name: 'doctor',
  summary: 'Look at what this machine can do, and say what helps where it cannot',
  takes: [],
  options: { json: JSON_OPTION },
  notes: ['Exit code 0 unless something is bad. A note names what is missing and not needed.'],
  run: async ({ terminal, doctorReport }, _, values) => {
    const report = await doctorReport()
    if (values.json === true) terminal.print(JSON.stringify(report, null, 2))
    else terminal.print(checkLines(report.checks, terminal).join('\n'))
    return report.checks.some(({ state }) => state === 'bad') ? EXIT_CODES.failed : 0
  },
})
