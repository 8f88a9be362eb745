import { resolve } from 'node:path'
import type { Api } from '#contract/api'
import { Failure } from '#contract/failure'
import { reportRequestSchema, type MadeReport, type PublishedReport, type ReportRequest } from '#contract/report'
import { command, JSON_OPTION } from '../command.ts'
import { findRun } from '../find-run.ts'
import { fileSize } from '../numbers.ts'
import { tableLines } from '../table.ts'

export const report = command({
  name: 'report',
  summary: 'Write a report of runs, or of an experiment, for other people',
  takes: ['run'],
  takesMore: true,
  options: {
    format: { type: 'string', hint: 'LIST', says: 'html, pdf, md, tex, wandb, several with commas (default html)' },
    out: {
      type: 'string',
      hint: 'DIR',
      says: 'folder of the files; those of an older report in it are replaced (default report)',
    },
    title: { type: 'string', hint: 'TEXT', says: 'its title' },
    question: { type: 'string', hint: 'TEXT', says: 'what you wanted to know' },
    json: JSON_OPTION,
  },
  notes: [
    'The id of an experiment stands for all of its runs and for what it read on the test tasks.',
    'wandb makes a report at Weights & Biases, where its runs were sent; made again, it is brought up to date.',
    'The HTML file needs a browser and no network. PDF is printed by Chromium, Chrome or Edge; CHROME_PATH names one.',
  ],
  run: async ({ terminal, workbench, folder }, given, values) => {
    const { api, on } = await workbench()
    const request = checked({
      ...(await whatIsNamed(api, given)),
      formats: (values.format ?? 'html').split(',').map((format) => format.trim()),
      folder: resolve(folder, values.out ?? 'report'),
      title: values.title ?? null,
      question: values.question ?? null,
    })
    const endListening = on('reports.progress', ({ doing }) => terminal.status(doing === '' ? null : `${doing} …`))
    const made = await api['reports.make'](request).finally(() => {
      endListening()
      terminal.status(null)
    })
    terminal.print(values.json === true ? JSON.stringify(made, null, 2) : textOf(made))
    return 0
  },
})

/** Throws Failure run.missing, arguments.invalid. */
async function whatIsNamed(api: Api, given: readonly string[]): Promise<Pick<ReportRequest, 'runs' | 'experiment'>> {
  const known = new Set((await api['experiments.list']()).map(({ id }) => id))
  const experiment = given.find((text) => known.has(text))
  if (experiment !== undefined && given.length > 1) {
    throw new Failure('arguments.invalid', { problem: `"${experiment}" is an experiment: it is reported alone.` })
  }
  if (experiment !== undefined) return { runs: [], experiment }
  const runs: string[] = []
  for (const text of given) runs.push((await findRun(api, text)).id)
  return { runs, experiment: null }
}

const OPTION_OF: Readonly<Record<string, string>> = { formats: 'format' }

function checked(request: unknown): ReportRequest {
  const parsed = reportRequestSchema.safeParse(request)
  if (parsed.success) return parsed.data
  const { path, message } = parsed.error.issues[0]!
  const field = String(path[0] ?? '')
  throw new Failure('arguments.invalid', { problem: `--${OPTION_OF[field] ?? field}: ${message}.` })
}

function textOf({ title, folder, files, published }: MadeReport): string {
  const rows = files.map(({ name, bytes }) => [name, fileSize(bytes)])
  const written = folder === null ? [] : [`“${title}” is in ${folder}`, ...tableLines(rows, [1]).map((line) => `  ${line}`)]
  return [...written, ...(published === null ? [] : publishedLines(title, published))].join('\n')
}

function publishedLines(title: string, { url, isUpdated, missing }: PublishedReport): string[] {
  const said = `“${title}” ${isUpdated ? 'is brought up to date' : 'is'} at ${url}`
  if (missing.length === 0) return [said]
  return [said, `  Its panels do not show what was not sent there: \`veritune sync ${missing.join(' ')}\` sends it.`]
}
