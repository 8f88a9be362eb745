/** A report as a table: what stands in its cells. */
import type { ExperimentReport, ReportedInterval, ReportedMeasure, ReportPart, ReportRow } from '#contract/experiment'
import { ABSENT, formatTenths, formatPointTenths } from '../../format/number.ts'

export interface ReportColumn {
  readonly measure: string
  readonly title: string
}

/** Beside pass@1, which has two columns of its own. */
export const OTHER_COLUMNS: readonly ReportColumn[] = [
  { measure: 'near_greedy/pass@1', title: 'pass@1 at T 0.2' },
  { measure: 'compile_rate', title: 'Compilation' },
  { measure: 'synthesis_rate', title: 'Synthesis' },
  { measure: 'reasoning_rate', title: 'Reasoning' },
  { measure: 'quality_rate', title: 'Quality' },
]

export const PART_WORDS: Readonly<Record<ReportPart, string>> = {
  all: 'All tasks',
  known: 'Families that training shows',
  unseen: 'Families that training does not show',
}

/** Parts that have tasks; `all` alone where it is the only one or the same as another. */
export function partsOf({ partCounts }: Pick<ExperimentReport, 'partCounts'>): ReportPart[] {
  return partCounts.known > 0 && partCounts.unseen > 0 ? ['all', 'known', 'unseen'] : ['all']
}

/** `last, step 80`, `best, steps 80, 70, 20`; '' for the base model. */
export function checkpointWords({ checkpoint, steps }: Pick<ReportRow, 'checkpoint' | 'steps'>): string {
  if (checkpoint === null) return ''
  const different = [...new Set(steps)]
  const where = different.length === 1 ? `step ${different[0]}` : `steps ${steps.join(', ')}`
  return `${checkpoint === 'best' ? 'best' : 'last'}, ${where}`
}

export function valueText(measure: ReportedMeasure | undefined): string {
  return measure === undefined ? ABSENT : formatTenths(measure.value.mean)
}

/** `[49.5, 57.9]`, in percent. */
export function valueEnds(measure: ReportedMeasure | undefined): string {
  return measure === undefined ? '' : endsText(measure.value)
}

/** `▲ +16.4`, in points; the sign stands only where the interval leaves out 0. */
export function gainText(measure: ReportedMeasure | undefined): string {
  if (!measure?.gain) return ''
  const { mean, low, high } = measure.gain
  const sign = low > 0 ? '▲ ' : high < 0 ? '▼ ' : ''
  return sign + formatPointTenths(mean)
}

export function gainEnds(measure: ReportedMeasure | undefined): string {
  return measure?.gain ? endsText(measure.gain) : ''
}

/** What the sign before a gain means, for those who cannot see it. */
export function gainWords(measure: ReportedMeasure | undefined): string {
  if (!measure?.gain) return ''
  const { low, high } = measure.gain
  return low > 0 ? 'ahead of the base model' : high < 0 ? 'behind the base model' : 'no difference shown'
}

function endsText({ low, high }: ReportedInterval): string {
  const tenths = (share: number): string => formatTenths(share).replace(/\s%$/, '')
  return `[${tenths(low)}, ${tenths(high)}]`
}
