import type { MetricColumn } from '#contract/api'
import type { RunComparison } from '#contract/comparison'
import { workbench } from '../workbench.ts'
import { Latest } from './latest.svelte.ts'
import { NEIGHBOURHOOD, ReadStretch } from './stretch.svelte.ts'

/** Points of a curve: about as many as a chart has pixels. */
const MOST_POINTS = 300

/** Run -> its columns. */
export type ComparedColumns = Readonly<Record<string, readonly MetricColumn[]>>

export interface ComparedCurves {
  readonly comparison: RunComparison
  readonly columns: ComparedColumns
  /** Of what is shown of them alone, but finer. */
  readonly finer?: ComparedColumns | null
}

/** The last step that any of the runs has made. */
export function lastStepOf({ columns }: ComparedCurves): number {
  const steps = Object.values(columns)
    .flat()
    .map((column) => column.steps.at(-1) ?? 0)
  return Math.max(1, ...steps)
}

/** Does a point stand for several steps? */
export function isGathered(curves: ComparedCurves): boolean {
  return lastStepOf(curves) >= MOST_POINTS
}

export function stretchOfRuns(runIds: readonly string[], keys: readonly string[]): ReadStretch<ComparedColumns> {
  const most = MOST_POINTS * NEIGHBOURHOOD
  return new ReadStretch((first, last) => workbench.call('metrics.stretch-together', [...runIds], [...keys], first, last, most))
}

/** Runs beside each other, read once when they are chosen. */
export class Comparing {
  readonly answer = new Latest<ComparedCurves>()

  read(runIds: readonly string[], keys: readonly string[]): void {
    if (runIds.length < 2) return this.answer.forget()
    void this.answer.ask(async () => {
      const [comparison, columns] = await Promise.all([
        workbench.call('runs.compare', [...runIds]),
        workbench.call('metrics.together', [...runIds], [...keys], MOST_POINTS),
      ])
      return { comparison, columns }
    })
  }
}
