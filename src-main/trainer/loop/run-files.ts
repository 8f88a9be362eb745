/** What the trainer writes into a run directory beside journal and checkpoints. */
import { mkdirSync } from 'node:fs'
import { join, posix } from 'node:path'
import type { RolloutRecord } from '#contract/journal'
import { RUN_FILES, stepName } from '#contract/run-directory'
import type { ScoredRollout, WeighedRollout } from '../flow.ts'
import { writeAtomically } from '../journal/atomic-file.ts'

export function prepareRunDirectory(directory: string): void {
  for (const name of [RUN_FILES.rollouts, RUN_FILES.checkpoints]) mkdirSync(join(directory, name), { recursive: true })
}

/** Inside the run directory. */
export function rolloutFileName(kind: 'step' | 'eval', step: number): string {
  const name = stepName(step)
  return posix.join(RUN_FILES.rollouts, `${kind === 'step' ? name : name.replace('step', 'eval')}.jsonl`)
}

/** Renamed into place before the event that names it. Answers the name inside the run directory. */
export function writeRolloutFile(
  directory: string,
  kind: 'step' | 'eval',
  step: number,
  records: readonly RolloutRecord[],
): string {
  const name = rolloutFileName(kind, step)
  writeAtomically(join(directory, name), records.map((record) => `${JSON.stringify(record)}\n`).join(''))
  return name
}

export interface RecordPlace {
  readonly step: number
  readonly index: number
  readonly group: number
  readonly advantage: number
}

export function rolloutRecord(scored: ScoredRollout | WeighedRollout, place: RecordPlace): RolloutRecord {
  const { rollout, report } = scored
  const { prompt, completion } = rollout
  return {
    ...place,
    taskId: prompt.task.id,
    family: prompt.task.family,
    instruction: prompt.task.instruction,
    promptTokens: prompt.tokens.length,
    completion: completion.text,
    completionTokens: completion.tokens.length,
    isTruncated: completion.isTruncated,
    scores: report.scores,
    code: report.code,
    reasoning: report.reasoning,
    reward: 'reward' in scored ? scored.reward : null,
  }
}
