import { resolve } from 'node:path'
import { BADGES } from '#contract/badges'
import {
  columnMappingSchema,
  type ColumnMapping,
  type DatasetCheck,
  type ImportProblem,
  type TaskCheck,
} from '#contract/dataset-check'
import { Failure } from '#contract/failure'
import type { CheckProgress } from '#contract/known-datasets'
import type { Workbench } from '#workbench/answer-call'
import { command, JSON_OPTION } from '../command.ts'
import { counted, duration, wholePercent } from '../numbers.ts'
import { absolute } from '../run-request.ts'
import { tableLines } from '../table.ts'
import type { Terminal } from '../terminal.ts'

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
      says: "tasks.jsonl that gets the healthy tasks; else one in VeriTune's data folder",
    },
    map: {
      type: 'string',
      hint: 'PART=COLUMN,…',
      says: 'columns of rows of another layout: prompt, reference, testbench, moduleName, split, id',
    },
    json: JSON_OPTION,
  },
  notes: [
    'healthy: the reference passes its judge, and an empty module, constants and a forged verdict do not.',
    '`train --set dataset.id=FILE` trains on the healthy tasks. The screen Datasets shows what was found.',
    'Exit code 0 when at least one task is healthy, else 2.',
  ],
  run: async ({ terminal, workbench, folder }, [path], values) => {
    const mapping = mappingOf(values.map)
    const opened = await workbench()
    const out = values.out === undefined ? null : resolve(folder, values.out)
    const end = showProgress(terminal, opened)
    const check = await opened.api['datasets.check'](absolute(path!, folder) as string, out, mapping).finally(end)
    terminal.print(values.json === true ? JSON.stringify(check, null, 2) : textOf(check))
    return check.tasks.some(({ badge }) => badge === 'healthy') ? 0 : 2
  },
})

/** Returns what ends it. */
function showProgress(terminal: Terminal, workbench: Workbench): () => void {
  terminal.status('Reading …')
  const end = workbench.on('datasets.progress', (progress) => {
    terminal.status(progressText(progress).slice(0, terminal.columns - 1))
  })
  return () => {
    end()
    terminal.status(null)
  }
}

export function progressText({ stage, taskCount, badges, secondsLeft, problemCount }: CheckProgress): string {
  const problems = problemCount === 0 ? '' : `  ${counted(problemCount, 'problem')}`
  if (stage === 'reading') return `Reading: ${counted(taskCount, 'task')}${problems}`
  const tried = BADGES.reduce((sum, badge) => sum + badges[badge], 0)
  const found = BADGES.filter((badge) => badges[badge] > 0).map((badge) => `${badges[badge]} ${badge}`)
  const left = secondsLeft === null ? '' : `  ${duration(secondsLeft)} left`
  return `${wholePercent(tried / taskCount)}  ${tried} of ${counted(taskCount, 'task')}${left}  ${found.join(', ')}${problems}`
}

/** `prompt=question,reference=solution` -> a mapping. Throws Failure arguments.invalid. */
function mappingOf(text: string | undefined): ColumnMapping | null {
  if (text === undefined) return null
  const pairs = text.split(',').map((pair) => pair.split('=').map((part) => part.trim()))
  const parsed = columnMappingSchema.safeParse(Object.fromEntries(pairs.map(([part = '', column = '']) => [part, column])))
  if (parsed.success) return parsed.data
  const problem =
    '--map is a list such as prompt=question,reference=solution; parts are prompt, reference, testbench, moduleName, split, id.'
  throw new Failure('arguments.invalid', { problem })
}

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
