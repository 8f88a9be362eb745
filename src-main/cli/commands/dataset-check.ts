import { resolve } from 'node:path'
import { BADGES, type DatasetCheck, type ImportProblem, type TaskCheck } from '#contract/dataset-check'
import { command, JSON_OPTION } from '../command.ts'
import { counted } from '../numbers.ts'
import { tableLines } from '../table.ts'

/** Lines of problems that a person is shown; --json gives all. */
const SHOWN_PROBLEMS = 20

export const datasetCheck = command({
  name: 'dataset check',
  summary: 'Read a data set of any known layout and try each task on its own reference',
  takes: ['path'],
  options: {
    out: {
      type: 'string',
      hint: 'FILE',
      says: 'write the healthy tasks to a tasks.jsonl, ready for `train --set dataset.id=FILE`',
    },
    json: JSON_OPTION,
  },
  notes: [
    'healthy: the reference passes its judge, and an empty module, constants and a forged verdict do not.',
    'Exit code 0 when at least one task is healthy, else 2.',
  ],
  run: async ({ terminal, workbench, folder }, [path], values) => {
    const { api } = await workbench()
    terminal.status('Checking …')
    const out = values.out === undefined ? null : resolve(folder, values.out)
    const check = await api['datasets.check'](resolve(folder, path!), out)
    terminal.status(null)
    terminal.print(values.json === true ? JSON.stringify(check, null, 2) : textOf(check))
    return check.tasks.some(({ badge }) => badge === 'healthy') ? 0 : 2
  },
})

function textOf({ layout, tasks, problems, written }: DatasetCheck): string {
  const counts = BADGES.map((badge) => `${tasks.filter((task) => task.badge === badge).length} ${badge}`)
  const unhealthy = tasks.filter(({ badge }) => badge !== 'healthy')
  return [
    `${layout}: ${counted(tasks.length, 'task')}: ${counts.join(', ')}`,
    ...tableLines(unhealthy.map(rowOf)),
    ...problems.slice(0, SHOWN_PROBLEMS).map(problemLine),
    ...(problems.length > SHOWN_PROBLEMS ? [`and ${counted(problems.length - SHOWN_PROBLEMS, 'problem')} more (--json)`] : []),
    ...(written === null ? [] : [`The healthy tasks are in ${written}`]),
  ].join('\n')
}

function rowOf({ id, badge, reason }: TaskCheck): string[] {
  return [id, badge, reason]
}

function problemLine({ file, line, field, message, fix, isWarning }: ImportProblem): string {
  const place = [file, line > 0 ? `line ${line}` : '', field ?? ''].filter((part) => part !== '').join(', ')
  return `${isWarning ? 'warning' : 'problem'}: ${place}: ${message} ${fix}`.trim()
}
