/** The numbers that say at a glance whether a run learns. */
import { RATE_KEY } from '#contract/metrics'
import { formatChange, formatPercent, formatPoints, grouped } from '../../format/number.ts'
import { meanOfFirst, meanOfLast } from '../../state/columns.ts'
import { COMPONENT_LOOKS } from '../components-of-reward.ts'
import type { ColumnOf } from './run-charts.ts'

export interface Headline {
  readonly key: string
  readonly title: string
  readonly color: string
  readonly value: string
  /** Change since the first steps, with sign and unit; '' before there are two. */
  readonly change: string
  readonly tone: 'good' | 'bad' | 'soft'
  /** Completions that the share is of; '' for the reward. */
  readonly denominator: string
  readonly values: readonly number[]
}

/** How many steps a headline number averages, at the end as at the start. One step of few completions jumps too much to read. */
export const HEADLINE_STEPS = 8

/** Functional first: it is what a run is for. */
const ORDER = ['functional', 'compilation', 'synthesis', 'reasoning', 'quality'] as const

export function headlinesOf(column: ColumnOf): Headline[] {
  const rates = ORDER.map((component) => {
    const title = COMPONENT_LOOKS.find((look) => look.component === component)!.title
    const counts = column(`train/${component}/scored_count`).y.slice(-HEADLINE_STEPS)
    const denominator = counts.length === 0 ? '' : `of ${grouped(counts.reduce((sum, count) => sum + count, 0))}`
    return headline(column, `train/${RATE_KEY[component]}`, title, component, denominator)
  })
  return [...rates, headline(column, 'train/reward', 'Reward', 'ink', '')]
}

function headline(column: ColumnOf, key: string, title: string, color: string, denominator: string): Headline {
  const values = column(key)
  const isRate = key !== 'train/reward'
  const value = meanOfLast(values, HEADLINE_STEPS)
  const first = meanOfFirst(values, Math.min(HEADLINE_STEPS, Math.ceil(values.y.length / 2)))
  const change = values.y.length > 1 && value !== null && first !== null ? value - first : null
  const tone = change === null || Math.abs(change) < 0.005 ? 'soft' : change > 0 ? 'good' : 'bad'
  return {
    key,
    title,
    color,
    denominator,
    tone,
    value: isRate ? formatPercent(value) : value === null ? '–' : value.toFixed(2),
    change: isRate ? formatPoints(change) : formatChange(change),
    values: values.y,
  }
}
