/** The reward curve as it was and as it would have been. */
import type { ReweighReport } from '#contract/reweigh'
import type { Series } from '../../charts/series.ts'

export function rewardCurves({ steps }: ReweighReport): Series[] {
  const x = steps.map(({ step }) => step)
  const valuesOf = (side: 'before' | 'after'): number[] => steps.map((point) => point[side] ?? NaN)
  return [
    { label: 'as the run weighed it', color: 'series-second', x, y: valuesOf('before'), isDashed: true },
    { label: 'by this profile', color: 'series-plain', x, y: valuesOf('after') },
  ]
}
