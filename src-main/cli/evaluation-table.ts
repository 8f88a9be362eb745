/** The report of an evaluation as tables: every measure with its interval, and beside it the model before training. */
import type { EvaluationReport } from '#contract/evaluation'
import { counted, duration, percent, points } from './numbers.ts'
import type { Metrics } from './progress.ts'
import { tableLines } from './table.ts'

const AT_ONE: readonly (readonly [title: string, name: string])[] = [
  ['pass@1', 'pass@1'],
  ['pass@5', 'pass@5'],
  ['pass@8', 'pass@8'],
  ['pass@10', 'pass@10'],
  ['compile', 'compile_rate'],
  ['functional', 'functional_rate'],
  ['synthesis', 'synthesis_rate'],
  ['reasoning', 'reasoning_rate'],
  ['quality', 'quality_rate'],
]
const NEAR_GREEDY = AT_ONE.map(([title, name]) => [title, `near_greedy/${name}`] as const)

/** split: `validation` or `test`. */
export function reportLines(report: EvaluationReport, split: 'validation' | 'test'): string[] {
  const prefix = split === 'test' ? 'test' : 'eval'
  return [
    headLine(report, split),
    ...tooLongLines(report),
    ...partsOf(report, prefix).flatMap(([title, place]) => partLines(report, title, place)),
  ]
}

function headLine({ taskCount, samples, draws, step, base, seconds }: EvaluationReport, split: string): string {
  const more = draws > samples ? ` (${draws} for pass@5 and more)` : ''
  const of = step === null ? '' : `checkpoint of step ${step}, `
  const beside = base === null ? '' : `compared with ${base.model}, `
  return `${of}${beside}${counted(taskCount, `${split} task`)}, ${counted(samples, 'completion')} each${more}, ${duration(seconds)}`
}

function tooLongLines({ tooLong }: EvaluationReport): string[] {
  if (tooLong.length === 0) return []
  const names = tooLong.slice(0, 5).join(', ') + (tooLong.length > 5 ? ', …' : '')
  return [`Left out, as their prompts are too long for the model: ${counted(tooLong.length, 'task')} (${names})`]
}

/** The whole, then known and unseen families where there are both. */
function partsOf({ metrics, unseenFamilies }: EvaluationReport, prefix: string): (readonly [title: string, place: string])[] {
  const [known, unseen] = [metrics[`${prefix}/known/task_count`] ?? 0, metrics[`${prefix}/unseen/task_count`] ?? 0]
  const names = unseenFamilies.length > 6 ? `${unseenFamilies.length} families` : unseenFamilies.join(', ')
  if (unseen === 0) return [['All tasks, of families that training tasks show', prefix]]
  if (known === 0) return [['All tasks, of families that no training task shows', prefix]]
  return [
    ['All tasks', prefix],
    [`Known families: ${counted(known, 'task')}`, `${prefix}/known`],
    [`Unseen families: ${counted(unseen, 'task')} (${names})`, `${prefix}/unseen`],
  ]
}

function partLines({ metrics, base }: EvaluationReport, title: string, place: string): string[] {
  const rows = [['T 1', AT_ONE] as const, ['T 0.2', NEAR_GREEDY] as const].flatMap(([temperature, measures]) => {
    const found = measures.filter(([, name]) => metrics[`${place}/${name}`] !== undefined)
    if (found.length === 0) return []
    const head = [
      temperature,
      ...(base === null ? [] : ['base']),
      '',
      '95 % interval',
      ...(base === null ? [] : ['gain', '95 %, paired']),
    ]
    return [head, ...found.map(([name, key]) => [`  ${name}`, ...cells(`${place}/${key}`, metrics, base?.metrics ?? null)])]
  })
  return ['', title, ...tableLines(rows, base === null ? [1] : [1, 2, 4])]
}

function cells(key: string, metrics: Metrics, base: Metrics | null): string[] {
  const here = [percent(metrics[key]), ends(metrics[`${key}_low`], metrics[`${key}_high`], (share) => (share * 100).toFixed(1))]
  if (base === null) return here
  const gain = metrics[`${key}_gain`]
  const gainCells =
    gain === undefined ? [] : [points(gain), ends(metrics[`${key}_gain_low`], metrics[`${key}_gain_high`], points)]
  return [percent(base[key]), ...here, ...gainCells]
}

function ends(low: number | undefined, high: number | undefined, text: (share: number) => string): string {
  return low === undefined || high === undefined ? '' : `[${text(low)}, ${text(high)}]`
}
