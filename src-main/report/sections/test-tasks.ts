/** What an experiment read on the test tasks; runs that belong to none have no such figures, whatever lies in their folders. */
import type { ExperimentReport, ReportPart, ReportRow } from '#contract/experiment'
import { heading, note, type Block, type Table } from '../document.ts'
import { ABSENT, counted, duration, percent, pointsIn, whole } from '../numbers.ts'
import type { ReportSource } from '../source.ts'
import { MEASURES, type Measure } from './measures.ts'

const FUNCTIONAL = MEASURES.filter(([name]) => name.includes('pass@'))
const OTHERS = MEASURES.filter(([name]) => !name.includes('pass@'))

export function testSection({ experiment }: ReportSource): Block[] {
  const report = experiment?.report ?? null
  if (report === null) return []
  return [
    heading('Evaluation on test tasks'),
    table(report, 'all', FUNCTIONAL, `All ${counted(report.taskCount, 'test task')}`),
    table(report, 'all', OTHERS, 'The same tasks: what must not become worse'),
    ...familyTables(report),
    note(
      'Beside a value: the gain over the base model in points with its 95 % interval over seeds and tasks, paired by task. “best” is the checkpoint with the highest pass@1 on validation tasks.',
    ),
    spentTable(report),
    note(
      `Means of a run. Training took ${duration(report.trainingSeconds)} in all, reading the test tasks ${duration(report.testingSeconds)}.`,
    ),
  ]
}

function table({ rows }: ExperimentReport, part: ReportPart, measures: readonly Measure[], caption: string): Table {
  const shown = measures.filter(([name]) => rows.some(({ parts }) => parts[part]?.[name] !== undefined))
  return {
    kind: 'table',
    caption,
    head: ['', ...shown.map(([, title]) => title)],
    rows: rows.map((row) => [nameOf(row), ...shown.map(([name]) => cell(row, part, name))]),
    cells: 'numbers',
  }
}

function familyTables(report: ExperimentReport): Table[] {
  const { known, unseen } = report.partCounts
  if (known === 0 || unseen === 0) return []
  return [
    table(report, 'known', FUNCTIONAL, `Families that training tasks show, ${counted(known, 'task')}`),
    table(report, 'unseen', FUNCTIONAL, `Families that no training task shows, ${counted(unseen, 'task')}`),
  ]
}

function nameOf({ title, checkpoint, seeds }: ReportRow): string {
  if (checkpoint === null) return title
  return `${title}, ${checkpoint === 'best' ? 'best' : 'last'}, ${counted(seeds.length, 'seed')}`
}

function cell({ parts }: ReportRow, part: ReportPart, name: string): string {
  const measure = parts[part]?.[name]
  if (measure === undefined) return ABSENT
  const value = percent(measure.value.mean)
  return measure.gain === null ? value : `${value} (${pointsIn(measure.gain)})`
}

function spentTable({ rows }: ExperimentReport): Table {
  const trained = rows.filter(({ checkpoint, spent }) => checkpoint === 'newest' && spent !== null)
  return {
    kind: 'table',
    caption: 'What training took',
    head: ['', 'Completions', 'Tokens', 'Time'],
    rows: trained.map(({ title, spent }) => [title, whole(spent!.rollouts), whole(spent!.tokens), duration(spent!.seconds)]),
    cells: 'numbers',
  }
}
