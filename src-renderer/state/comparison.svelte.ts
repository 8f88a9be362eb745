import type { MetricColumn } from '#contract/api'
import type { RunComparison } from '#contract/comparison'
import { workbench } from '../workbench.ts'
import { Latest } from './latest.svelte.ts'

/** Points of a curve: more than a chart has pixels. */
const MOST_POINTS = 600

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
      const comparison = await workbench.call('runs.compare', [...runIds])
      const entries = runIds.map(async (id) => [id, await workbench.call('metrics.read', id, [...keys], MOST_POINTS)] as const)
      return { comparison, columns: Object.fromEntries(await Promise.all(entries)) }
    })
  }
}
