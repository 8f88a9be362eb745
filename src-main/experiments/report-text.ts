/** An experiment's report as Markdown. */
import type {
  ExperimentPlan,
  ExperimentReport,
  ReportedInterval,
  ReportedMeasure,
  ReportPart,
  ReportRow,
} from '#contract/experiment'

type Column = readonly [title: string, measure: string]

const FUNCTIONAL: readonly Column[] = [
  ['pass@1', 'pass@1'],
  ['pass@1 at T 0.2', 'near_greedy/pass@1'],
]
const OTHERS: readonly Column[] = [
  ['compile', 'compile_rate'],
  ['synthesis', 'synthesis_rate'],
  ['reasoning', 'reasoning_rate'],
  ['quality', 'quality_rate'],
]

export function reportText(plan: ExperimentPlan, report: ExperimentReport): string {
  return [
    `# ${plan.title}`,
    '',
    plan.description,
    '',
    introduction(plan, report),
    '',
    ...table(report.rows, 'all', FUNCTIONAL),
    '',
    'Not to be worse:',
    '',
    ...table(report.rows, 'all', OTHERS),
    ...familyTables(report),
    '',
    '## In words',
    '',
    ...report.verdicts.map((sentence) => `- ${sentence}`),
    '',
    '## What it took',
    '',
    ...spentTable(report.rows),
    '',
    `Training ${minutes(report.trainingSeconds)} in all, reading the test tasks ${minutes(report.testingSeconds)}.`,
    '',
  ].join('\n')
}

function introduction({ evaluation }: ExperimentPlan, { taskCount }: ExperimentReport): string {
  return [
    `Measured on ${taskCount} test tasks, ${evaluation.samples} completions each at temperature 1 and as many at 0.2, read once at the end.`,
    'In brackets: the gain over the base model with its 95 % interval over seeds and tasks, paired by task.',
    '“best” is the checkpoint with the highest pass@1 on validation tasks.',
  ].join(' ')
}

function table(rows: readonly ReportRow[], part: ReportPart, columns: readonly Column[]): string[] {
  const head = ['arm', 'checkpoint', 'seeds', ...columns.map(([title]) => title)]
  const lines = rows.map((row) => [
    row.title,
    row.checkpoint === null ? '' : row.checkpoint === 'best' ? `best (${spread(row.steps)})` : `last (${spread(row.steps)})`,
    row.seeds.length === 0 ? '' : String(row.seeds.length),
    ...columns.map(([, measure]) => cell(row.parts[part]?.[measure])),
  ])
  return markdownTable(head, lines)
}

function familyTables({ rows, partCounts }: ExperimentReport): string[] {
  if (partCounts.known === 0 || partCounts.unseen === 0) return []
  return (['known', 'unseen'] as const).flatMap((part) => [
    '',
    part === 'known'
      ? `Families that training tasks show (${partCounts.known} tasks):`
      : `Families that no training task shows (${partCounts.unseen} tasks):`,
    '',
    ...table(rows, part, FUNCTIONAL),
  ])
}

function spentTable(rows: readonly ReportRow[]): string[] {
  const lines = rows.flatMap(({ title, checkpoint, spent }) =>
    checkpoint === 'newest' && spent !== null
      ? [[title, whole(spent.rollouts), whole(spent.tokens), minutes(spent.seconds)]]
      : [],
  )
  return markdownTable(['arm, a run', 'completions', 'tokens', 'training time'], lines)
}

function markdownTable(head: readonly string[], lines: readonly (readonly string[])[]): string[] {
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [row(head), row(head.map(() => '---')), ...lines.map(row)]
}

function cell(measure: ReportedMeasure | undefined): string {
  if (measure === undefined) return '–'
  const { value, gain } = measure
  return gain === null ? `${percent(value.mean)} %` : `${percent(value.mean)} % (${signed(gain.mean)} [${ends(gain)}])`
}

function ends({ low, high }: ReportedInterval): string {
  return `${signed(low)}, ${signed(high)}`
}

function spread(steps: readonly number[]): string {
  const different = [...new Set(steps)]
  return different.length === 1 ? `step ${different[0]}` : `steps ${steps.join(', ')}`
}

function percent(share: number): string {
  return (share * 100).toFixed(1)
}

function signed(share: number): string {
  const text = percent(share)
  if (Number(text) === 0) return '0.0'
  return share > 0 ? `+${text}` : text
}

function minutes(seconds: number): string {
  return `${(seconds / 60).toFixed(1)} min`
}

function whole(count: number): string {
  return Math.round(count).toLocaleString('en-US')
}
