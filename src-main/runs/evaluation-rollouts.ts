/** What a run wrote in an evaluation on validation tasks. */
import type { RolloutRecord } from '#contract/journal'
import type { TaskStep } from '#contract/same-task'
import { isScored } from '#contract/score'
import { evaluationFile } from '#contract/run-directory'
import { readRolloutFile } from './rollout-file.ts'

/** Of one task, or of all. Lines that cannot be read are passed over; none where the file is not there. */
export async function evaluationRollouts(
  directory: string,
  step: number,
  taskId: string | null = null,
): Promise<readonly RolloutRecord[]> {
  return (await readRolloutFile(directory, evaluationFile(step), taskId)).records
}

/** What they are in a list of where a task was met. */
export function taskStepOf({ step, rollouts }: { readonly step: number; readonly rollouts: readonly RolloutRecord[] }): TaskStep {
  const signs = rollouts.map(({ index, reward, scores: { functional } }) => ({
    index,
    reward,
    hasPassed: isScored(functional) && functional.outcome === 'passed',
  }))
  return { step, rollouts: signs.toSorted((a, b) => Number(b.hasPassed) - Number(a.hasPassed) || a.index - b.index) }
}
