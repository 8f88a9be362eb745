/** What a run wrote in an evaluation on validation tasks. */
import { createReadStream, existsSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { rolloutRecordSchema, type RolloutRecord } from '#contract/journal'
import { RUN_FILES } from '#contract/run-directory'

/** Lines that cannot be read are passed over; none where the file is not there. */
export async function evaluationRollouts(directory: string, step: number): Promise<RolloutRecord[]> {
  const file = join(directory, RUN_FILES.rollouts, `eval-${String(step).padStart(6, '0')}.jsonl`)
  if (!existsSync(file)) return []
  const records: RolloutRecord[] = []
  for await (const line of createInterface({ input: createReadStream(file, 'utf8'), crlfDelay: Infinity })) {
    const parsed = rolloutRecordSchema.safeParse(jsonOrNull(line))
    if (parsed.success) records.push(parsed.data)
  }
  return records
}

function jsonOrNull(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return null
  }
}
