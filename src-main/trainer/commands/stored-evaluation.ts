/** The last evaluation of a run, from its rollout file: what each completion scored is there, so that nothing is generated again. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { StoredEvaluation } from '#contract/comparison'
import { rolloutRecordSchema } from '#contract/journal'
import { runConfigSchema } from '#contract/run-config'
import { RUN_FILES } from '#contract/run-directory'
import { measureTasks, valuesOf } from '../6-metrics/evaluation-metrics.ts'
import { readJournal } from '../journal/journal.ts'
import { rolloutFileName } from '../loop/run-files.ts'

/** null: the run was not evaluated yet. At temperature 1; as many completions of a task as it was given. */
export function storedEvaluation(runDirectory: string): StoredEvaluation | null {
  const { events } = readJournal(join(runDirectory, RUN_FILES.journal))
  const step = events.findLast((event) => event.type === 'eval.finished')?.step
  if (step === undefined) return null
  const file = join(runDirectory, rolloutFileName('eval', step))
  if (!existsSync(file)) return null
  const lines = readFileSync(file, 'utf8').split('\n')
  const records = lines.filter((line) => line !== '').map((line) => rolloutRecordSchema.parse(JSON.parse(line)))
  const groups = [...Map.groupBy(records, ({ group }) => group).values()]
  const { samples } = runConfigSchema.parse(JSON.parse(readFileSync(join(runDirectory, RUN_FILES.config), 'utf8'))).evaluation
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
