import type { MetricColumn } from '#contract/api'
import type { RunComparison } from '#contract/comparison'
import { workbench } from '../workbench.ts'
import { Latest } from './latest.svelte.ts'

/** Points of a curve: about as many as a chart has pixels. */
const MOST_POINTS = 300

export interface ComparedCurves {
  readonly comparison: RunComparison
  /** Run -> its columns. */
  readonly columns: Readonly<Record<string, readonly MetricColumn[]>>
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
