/** What was measured before a run's first step: the last evaluation is paired with it. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { firstMeasuresSchema, type FirstMeasures } from '#contract/first-measures'
import { RUN_FILES } from '#contract/run-directory'
import { writeAtomically } from '../journal/atomic-file.ts'

export function writeFirstMeasures(directory: string, measures: readonly FirstMeasures[number][]): void {
  writeAtomically(join(directory, RUN_FILES.firstMeasures), JSON.stringify(measures))
}

/** null: a run that began before this file was written. */
export function readFirstMeasures(directory: string): FirstMeasures | null {
  const file = join(directory, RUN_FILES.firstMeasures)
  return existsSync(file) ? firstMeasuresSchema.parse(JSON.parse(readFileSync(file, 'utf8'))) : null
}
