/** What a run wrote in an evaluation on validation tasks. */
import { createReadStream, existsSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { rolloutRecordSchema, type RolloutRecord } from '#contract/journal'
import { RUN_FILES } from '#contract/run-directory'
import type { TaskStep } from '#contract/same-task'
import { isScored } from '#contract/score'

/** Of one task, or of all. Lines that cannot be read are passed over; none where the file is not there. */
export async function evaluationRollouts(
  directory: string,
  step: number,
  taskId: string | null = null,
): Promise<RolloutRecord[]> {
  const file = join(directory, RUN_FILES.rollouts, `eval-${String(step).padStart(6, '0')}.jsonl`)
  if (!existsSync(file)) return []
  const records: RolloutRecord[] = []
  // Lines that cannot be of the task are not parsed.
  const sign = taskId === null ? '' : JSON.stringify(taskId)
  for await (const line of createInterface({ input: createReadStream(file, 'utf8'), crlfDelay: Infinity })) {
    if (!line.includes(sign)) continue
    const parsed = rolloutRecordSchema.safeParse(jsonOrNull(line))
    if (parsed.success && (taskId === null || parsed.data.taskId === taskId)) records.push(parsed.data)
  }
  return records
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

function jsonOrNull(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return null
  }
}
