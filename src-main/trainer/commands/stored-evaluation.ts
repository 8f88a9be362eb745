/** An evaluation of a run, from its rollout file: what each completion scored is there, so that nothing is generated again. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { StoredEvaluation } from '#contract/comparison'
import { rolloutRecordSchema, type RolloutRecord } from '#contract/journal'
import { measureTasks, valuesOf } from '../6-metrics/evaluation-metrics.ts'
import { rolloutFileName } from '../loop/run-files.ts'

/** null: its file is not there any more. At temperature 1; of as many completions of a task as it was given, `samples` at most. */
export function storedEvaluation(runDirectory: string, step: number, samples: number): StoredEvaluation | null {
  const file = join(runDirectory, rolloutFileName('eval', step))
  if (!existsSync(file)) return null
  const records = readFileSync(file, 'utf8').split('\n').flatMap(recordsIn)
  const groups = [...Map.groupBy(records, ({ group }) => group).values()]
  const judged = groups.map((group) => ({
    prompt: { task: { family: group[0]!.family } },
    rollouts: group.map(({ scores }) => ({ report: { scores } })),
  }))
  const measures = measureTasks(judged, samples)
  return {
    step,
    tasks: groups.map((group, i) => ({ id: group[0]!.taskId, family: group[0]!.family, values: valuesOf(measures[i]!) })),
  }
}

/** None in a line that is not whole, or of another build: the others still say something. */
function recordsIn(line: string): RolloutRecord[] {
  try {
    const parsed = rolloutRecordSchema.safeParse(JSON.parse(line))
    return parsed.success ? [parsed.data] : []
  } catch {
    return []
  }
}
