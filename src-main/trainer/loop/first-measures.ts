/** What the full evaluation before a run's first step measured on each task: the last one is paired with it. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { RUN_FILES } from '#contract/run-directory'
import type { TaskMeasures } from '../6-metrics/evaluation-metrics.ts'
import { writeAtomically } from '../journal/atomic-file.ts'

const measuresSchema = z.array(
  z.strictObject({ family: z.string(), tallies: z.record(z.string(), z.strictObject({ sum: z.number(), count: z.number() })) }),
)

/** In the order of the evaluation's prompts. */
export function writeFirstMeasures(directory: string, measures: readonly TaskMeasures[]): void {
  writeAtomically(join(directory, RUN_FILES.firstMeasures), JSON.stringify(measures))
}

/** null: a run that began before this file was written. */
export function readFirstMeasures(directory: string): TaskMeasures[] | null {
  const file = join(directory, RUN_FILES.firstMeasures)
  return existsSync(file) ? measuresSchema.parse(JSON.parse(readFileSync(file, 'utf8'))) : null
}
