/** Words of the dialog that makes a report. */
import type { ReportFormat } from '#contract/report-formats'

export interface FormatWords {
  readonly format: ReportFormat
  readonly name: string
  readonly meaning: string
}

export const REPORT_FORMAT_WORDS: readonly FormatWords[] = [
  { format: 'html', name: 'HTML', meaning: 'One file with charts to point at; works offline.' },
  { format: 'pdf', name: 'PDF', meaning: 'Pages to print and to send.' },
  { format: 'md', name: 'Markdown', meaning: 'For a repository or a wiki, with drawings beside it.' },
  { format: 'tex', name: 'LaTeX', meaning: 'Tables for a paper, with booktabs.' },
  {
    format: 'wandb',
    name: 'W&B',
    meaning: 'A report beside the runs that were sent there; made again, it is brought up to date.',
  },
]

/** `/home/me/.local/share/veritune` -> `…/reports/20261128-grpo`; '' before the data folder is known. */
export function suggestedReportFolder(home: string, subject: string): string {
  const separator = home.includes('\\') ? '\\' : '/'
  return home === '' ? '' : [home, 'reports', subject].join(separator)
}

/** Of runs that are not at W&B, so that no panel there shows them. */
export function missingWords(runs: readonly string[]): string {
  const named = runs.length > 3 ? `${runs.slice(0, 3).join(', ')} and ${runs.length - 3} more` : runs.join(', ')
  return `Not sent there yet, so its panels do not show: ${named}. The tab W&B on the page of a run sends it.`
}
