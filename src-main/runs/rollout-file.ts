/** Rollout files of run directories: `rollouts/step-000012.jsonl`, `rollouts/eval-000010.jsonl`. */
import { createReadStream, existsSync } from 'node:fs'
import { join, posix } from 'node:path'
import { createInterface } from 'node:readline'
import type { StoredRollouts } from '#contract/api'
import { rolloutRecordSchema, type RolloutRecord } from '#contract/journal'
import { RUN_FILES, stepName } from '#contract/run-directory'

/** Inside the run directory. */
export function stepFile(step: number): string {
  return posix.join(RUN_FILES.rollouts, `${stepName(step)}.jsonl`)
}

/** Of one task, where lines that cannot be of it are not looked at, or of all. Lines that cannot be read are counted; none where the file is not there. */
export async function readRolloutFile(directory: string, file: string, taskId: string | null = null): Promise<StoredRollouts> {
  const place = join(directory, file)
  const records: RolloutRecord[] = []
  let unreadable = 0
  if (!existsSync(place)) return { file, records, unreadable }
  const sign = taskId === null ? '' : JSON.stringify(taskId)
  for await (const line of createInterface({ input: createReadStream(place, 'utf8'), crlfDelay: Infinity })) {
    if (line === '' || !line.includes(sign)) continue
    const record = recordOf(line)
    if (record === null) unreadable++
    else if (taskId === null || record.taskId === taskId) records.push(record)
  }
  return { file, records, unreadable }
}

function recordOf(line: string): RolloutRecord | null {
  try {
    return rolloutRecordSchema.safeParse(JSON.parse(line)).data ?? null
  } catch {
    return null
  }
}
