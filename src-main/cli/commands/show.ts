import { makerTitle } from '#contract/algorithm-names'
import type { RunDetail } from '#contract/api'
import { METRICS } from '#contract/metrics'
import { command, JSON_OPTION } from '../command.ts'
import { evaluationLine, gainLines } from '../evaluation-text.ts'
import { findRun } from '../find-run.ts'
import { endCode, folderOf, tellProblem } from '../run-end.ts'
import { decimals, duration, percent, small, sparkline } from '../numbers.ts'
import { Progress, type EvaluationFinished } from '../progress.ts'
import { tableLines } from '../table.ts'
import type { Terminal } from '../terminal.ts'
import { paintStatus } from './runs.ts'

const SPARKLINE_WIDTH = 40
const SHOWN_METRICS = [
  'train/compile_rate',
  'train/functional_rate',
  'train/synthesis_rate',
  'train/reasoning_rate',
  'train/quality_rate',
  'train/reward',
  'train/reward_std',
  'train/kl',
  'train/entropy',
  'train/loss',
] as const

export const show = command({
  name: 'show',
  summary: 'Tell how a run is, or how it ended',
  takes: ['run'],
  options: { json: JSON_OPTION },
  notes: [],
  run: async ({ terminal, workbench }, [text], values) => {
    const { api } = await workbench()
    const { id } = await findRun(api, text!)
    const detail = await api['runs.get'](id)
    const progress = new Progress(detail.config)
    for (const event of await api['runs.events'](id, 0)) progress.take(event)
    const { evaluations } = progress
    if (values.json === true) {
      terminal.print(JSON.stringify({ ...detail, evaluations }, null, 2))
      return 0
    }
    const folder = await folderOf({ api }, id)
    terminal.print([...headLines(terminal, detail, folder), ...metricLines(detail), ...evaluationLines(evaluations)].join('\n'))
    if (endCode(detail.summary.status) !== null) tellProblem(terminal, detail)
    return 0
  },
})

function headLines(terminal: Terminal, detail: RunDetail, folder: string): string[] {
  const { summary, parent } = detail
  const pace = summary.secondsPerStep === null ? [] : [['pace', `${duration(summary.secondsPerStep)} a step`]]
  const curve = summary.functionalRate.length === 0 ? [] : [['functional', sparkline(summary.functionalRate, SPARKLINE_WIDTH)]]
  return [
    `${terminal.paint('bold', summary.name)}  ${paintStatus(terminal, summary.status)}`,
    ...tableLines([
      ['id', summary.id],
      ...askedLines(detail),
      ...(parent === null ? [] : [['from', `${parent.run}, step ${parent.step}`]]),
      ...hostLines(summary.remote),
      ['step', `${summary.step} of ${summary.steps}`],
      ...timeLines(detail),
      ...pace,
      ...curve,
      ['folder', folder],
    ]),
  ]
}

/** Where it trains, and since when that is not reached. */
function hostLines(remote: RunDetail['summary']['remote']): string[][] {
  if (remote === null) return []
  const { host, reachedAt, problem, doing } = remote
  const lost =
    problem === null ? [] : [['', `not reached since ${reachedAt ?? 'it was started'}: ${problem.message} ${problem.remedy}`]]
  return [['host', doing === null ? host : `${host}, ${doing}`], ...lost]
}

/** Of an imported run no file says when it began. */
function timeLines({ summary, origin }: RunDetail): string[][] {
  if (origin !== null) return [['written', summary.updatedAt]]
  return [['started', summary.startedAt ?? 'not yet'], ...(summary.endedAt === null ? [] : [['ended', summary.endedAt]])]
}

/** Of an imported run what its folder says: its config tells nothing. */
function askedLines({ summary, config, origin }: RunDetail): string[][] {
  if (origin !== null) {
    const told = Object.entries(origin.told).map(([name, value]) => `${name} ${value}`)
    return [
      ['made by', [makerTitle(summary), origin.version ?? ''].join(' ').trim()],
      ['imported from', origin.folder],
      ['it says', told.join(', ')],
      ...origin.remarks.map((remark) => ['', remark]),
    ]
  }
  return [
    ['settings', `${summary.algorithm}, preset ${summary.preset}, engine ${config.engine}, seed ${config.seed}`],
    ['model', config.model],
    ['tasks', config.dataset.id],
  ]
}

function metricLines({ summary }: RunDetail): string[] {
  const rows = SHOWN_METRICS.flatMap((key) => {
    const value = summary.latest[key]
    const definition = METRICS[key]
    if (value === undefined || definition === undefined) return []
    const text = definition.unit === 'share' ? percent(value) : definition.unit === 'nats' ? small(value) : decimals(value)
    return [[definition.title, text]]
  })
  return rows.length === 0 ? [] : ['', `Step ${summary.step}`, ...tableLines(rows, [1])]
}

function evaluationLines(evaluations: readonly EvaluationFinished[]): string[] {
  if (evaluations.length === 0) return []
  const [first, last] = [evaluations[0]!, evaluations.at(-1)!]
  const lines = evaluations.map(({ step, metrics }) => `step ${step}: ${evaluationLine(metrics)}`)
  const gain = 'eval/pass@1_gain' in last.metrics ? ['', ...gainLines(first, last)] : []
  return ['', 'Evaluations on validation tasks', ...lines, ...gain]
}
