/** Runs of other programs as run directories, which the store takes in as any other. */
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { JournalEntry, RolloutRecord } from '#contract/journal'
import type { RunConfig } from '#contract/run-config'
import { RUN_FILES, stepName } from '#contract/run-directory'
import { runOriginSchema, type RunOrigin } from '#contract/run-origin'

/** What a reader of such a folder hands over. */
export interface RunToImport {
  readonly origin: RunOrigin
  readonly config: RunConfig
  /** Of all its events: such folders tell no times of single steps. */
  readonly time: Date
  readonly entries: readonly JournalEntry[]
  readonly rolloutSteps: readonly number[]
  rolloutsOf(step: number): Promise<readonly RolloutRecord[]>
}

/** Into an empty folder, what is in its run directory beside config and notes; answers the number of rollouts. */
export async function fillImported(directory: string, run: RunToImport): Promise<number> {
  writeFileSync(join(directory, RUN_FILES.origin), `${JSON.stringify(run.origin, null, 2)}\n`)
  mkdirSync(join(directory, RUN_FILES.rollouts))
  let count = 0
  for (const step of run.rolloutSteps) {
    const rollouts = await run.rolloutsOf(step)
    count += rollouts.length
    writeFileSync(join(directory, RUN_FILES.rollouts, `${stepName(step)}.jsonl`), lines(rollouts))
  }
  const time = run.time.toISOString()
  writeFileSync(join(directory, RUN_FILES.journal), lines(run.entries.map((entry, i) => ({ seq: i + 1, time, ...entry }))))
  return count
}

/** All that lies in a folder into another of the same disk. */
export function moveAll(from: string, to: string): void {
  for (const name of readdirSync(from)) renameSync(join(from, name), join(to, name))
}

function lines(records: readonly object[]): string {
  return records.map((record) => `${JSON.stringify(record)}\n`).join('')
}

/** null for a run that was made here. */
export function readOrigin(directory: string): RunOrigin | null {
  try {
    return runOriginSchema.safeParse(JSON.parse(readFileSync(join(directory, RUN_FILES.origin), 'utf8'))).data ?? null
  } catch {
    return null
  }
}
