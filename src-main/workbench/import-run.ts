/** Runs of other programs -> runs of this workbench, for comparison. */
import type { RunConfig } from '#contract/run-config'
import type { ImportReport, ImportRequest } from '#contract/run-origin'
import { readTrlRun } from '#imports/trl/read-trl-run'
import type { Runs } from '#runs/runs'

const NAME_LENGTH = 120

/** `base`: any whole config; of what is in it, only name and steps are the run's own (see contract/run-origin.ts). Throws Failure import.unreadable. */
export async function importRun(
  runs: Runs,
  { folder, name }: ImportRequest,
  base: RunConfig,
  once?: string,
): Promise<ImportReport> {
  const found = readTrlRun(folder)
  const config = {
    ...base,
    name: name ?? (found.name.slice(0, NAME_LENGTH) || 'TRL'),
    preset: found.origin.tool,
    steps: found.steps,
  }
  const { id, completionCount } = await runs.import({ ...found, config }, once)
  const stepCount = found.entries.filter(({ type }) => type === 'step.finished').length
  return { id, stepCount, completionCount, remarks: found.origin.remarks }
}
