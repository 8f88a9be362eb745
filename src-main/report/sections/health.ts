/** What the watch over the runs found. */
import { WARNINGS, type WarningDefinition } from '#contract/health-warnings'
import type { JournalEvent } from '#contract/journal'
import { heading, note, paragraph, type Block } from '../document.ts'
import type { ReportedRun, ReportSource } from '../source.ts'

const KNOWN: Readonly<Record<string, WarningDefinition>> = WARNINGS
type Warning = Extract<JournalEvent, { type: 'health.warned' }>

export function healthSection({ runs }: ReportSource): Block[] {
  const rows = runs.flatMap((run) => warningsOf(run).map((warnings) => row(run, warnings)))
  const title = heading('Health warnings')
  if (rows.length === 0) return [title, paragraph('The watch over the runs warned of nothing.')]
  const head = ['Run', 'Warning', 'Times', 'Last at step', 'What was said last']
  return [
    title,
    { kind: 'table', caption: '', head, rows, cells: 'words' },
    note(
      'Severe ones are marked with an exclamation mark. What each watches and from where on it warns stands in docs/metrics.md.',
    ),
  ]
}

/** By kind; what was said of steps that were made again does not count. */
function warningsOf({ landmarks }: ReportedRun): Warning[][] {
  let standing: Warning[] = []
  for (const event of landmarks) {
    if (event.type === 'health.warned') standing.push(event)
    if (event.type === 'rewound') standing = standing.filter(({ step }) => step <= event.toStep)
  }
  const kinds = [...Map.groupBy(standing, ({ code }) => code).values()]
  return kinds.sort((a, b) => Number(b.at(-1)!.isSevere) - Number(a.at(-1)!.isSevere))
}

function row({ detail }: ReportedRun, warnings: readonly Warning[]): string[] {
  const { code, isSevere, step, evidence } = warnings.at(-1)!
  const title = KNOWN[code]?.title ?? code.replaceAll('-', ' ')
  return [detail.summary.name, isSevere ? `! ${title}` : title, String(warnings.length), String(step), evidence]
}
