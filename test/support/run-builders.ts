/** Runs as folders for tests, and what they are made of. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { JournalEvent, RolloutRecord } from '#contract/journal'
import { RUN_FILES } from '#contract/run-directory'
import { aConfig } from './builders.ts'

export { aConfig, aJournal, aPpoConfig, aRollout, started, stepFinished } from './builders.ts'

export const REPOSITORY = resolve(import.meta.dirname, '../..')

/** A run directory as a trainer would have left it. */
export function writeRun(
  runsFolder: string,
  id: string,
  events: readonly JournalEvent[],
  rollouts: readonly RolloutRecord[] = [],
): string {
  const directory = join(runsFolder, id)
  mkdirSync(join(directory, RUN_FILES.rollouts), { recursive: true })
  writeFileSync(join(directory, RUN_FILES.config), JSON.stringify(aConfig()))
  writeFileSync(join(directory, RUN_FILES.notes), JSON.stringify({ createdAt: '2026-01-01T00:00:00.000Z' }))
  writeFileSync(join(directory, RUN_FILES.log), '')
  writeFileSync(join(directory, RUN_FILES.journal), events.map((event) => `${JSON.stringify(event)}\n`).join(''))
  for (const step of new Set(rollouts.map((rollout) => rollout.step))) {
    const text = rollouts.filter((rollout) => rollout.step === step).map((rollout) => `${JSON.stringify(rollout)}\n`)
    writeFileSync(join(directory, RUN_FILES.rollouts, `step-${String(step).padStart(6, '0')}.jsonl`), text.join(''))
  }
  return directory
}
