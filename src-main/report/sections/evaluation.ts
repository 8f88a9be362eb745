/** What the groups reached on validation tasks, and each run beside its own beginning. */
import { heading, note, type Block, type Table } from '../document.ts'
import { evaluationsOf, lastEvaluation } from '../evaluations.ts'
import { ABSENT, counted, percentIn, pointsIn, whole } from '../numbers.ts'
import type { ReportedRun, ReportSource } from '../source.ts'
import { MEASURES } from './measures.ts'

/** Groups beside each other in one table: more do not fit a page. */
const MOST_COLUMNS = 4

export function evaluationSection(source: ReportSource): Block[] {
  const tables = groupTables(source)
  const runs = runTable(source)
  if (tables.length === 0 && runs.rows.length === 0) return []
  const samples = lastEvaluation(source.runs[0]!)?.metrics['eval/samples_per_task']
  const each = samples === undefined ? '' : `, ${counted(samples, 'completion')} each`
  return [
    heading('Evaluation on validation tasks'),
    ...tables,
    ...(tables.length === 0
      ? []
      : [
          note(
            `Last evaluation of each run, ${counted(source.comparison.taskCount, 'task')}${each}, at temperature 1 where nothing else is said; means over the runs of a group with 95 % intervals over seeds and tasks. pass@k is unbiased (Chen et al., 2021).`,
          ),
        ]),
    runs,
    note(
      'Gain: last evaluation minus the model before training, in points, paired over tasks; intervals by bootstrap over tasks.',
    ),
  ]
}

function groupTables({ comparison: { groups, taskCount } }: ReportSource): Table[] {
  if (taskCount === 0) return []
  const measures = MEASURES.filter(([name]) => groups.some(({ measures: of }) => of[name] !== undefined))
  return chunks(groups, MOST_COLUMNS).map((part) => ({
    kind: 'table',
    caption: 'Validation tasks, last evaluation',
    head: ['', ...part.map(({ title, runs }) => `${title}, ${counted(runs.length, 'run')}`)],
    rows: measures.map(([name, title]) => [
      title,
      ...part.map(({ measures: of }) => (of[name] === undefined ? ABSENT : percentIn(of[name]))),
    ]),
    cells: 'numbers',
  }))
}

function runTable({ runs }: ReportSource): Table {
  return {
    kind: 'table',
    caption: 'The runs',
    head: ['Run', 'Seed', 'Steps', 'Ended', 'pass@1 before', 'pass@1', 'Gain'],
    rows: runs.map(runRow),
    cells: 'numbers',
  }
}

function runRow(run: ReportedRun): string[] {
  const { summary, config } = run.detail
  const evaluations = evaluationsOf(run)
  const [before, after] = [evaluations[0]?.metrics ?? {}, evaluations.at(-1)?.metrics ?? {}]
  return [
    summary.name,
    String(config.seed),
    `${whole(summary.step)} of ${whole(summary.steps)}`,
    summary.status,
    between(before, 'eval/pass@1', '', percentIn),
    between(after, 'eval/pass@1', '', percentIn),
    between(after, 'eval/pass@1', '_gain', pointsIn),
  ]
}

function between(
  metrics: Readonly<Record<string, number>>,
  key: string,
  ending: string,
  text: (of: { mean: number; low: number; high: number }) => string,
): string {
  const [mean, low, high] = ['', '_low', '_high'].map((end) => metrics[`${key}${ending}${end}`])
  return mean === undefined || low === undefined || high === undefined ? ABSENT : text({ mean, low, high })
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size))
}
