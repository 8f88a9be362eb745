/** A run that goes on as long as this process, with one step and its checkpoint: it holds the others in the queue, and takes no processor. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { CHECKPOINT_STATE_FILE, RUN_FILES, stepName } from '#contract/run-directory'
import { aConfig, aJournal, started, stepFinished, writeRun } from './run-builders.ts'

/** Called `going`. Gives the lock's file: without it the run has crashed. */
export function writeGoingRun(runs: string): string {
  const saved = { type: 'checkpoint.saved', step: 1, directory: `checkpoints/${stepName(1)}` } as const
  const directory = writeRun(runs, 'going', aJournal([started(), stepFinished(1), saved]))
  const checkpoint = join(directory, RUN_FILES.checkpoints, stepName(1))
  mkdirSync(checkpoint, { recursive: true })
  writeFileSync(join(checkpoint, CHECKPOINT_STATE_FILE), JSON.stringify({ step: 1 }))
  writeFileSync(join(directory, RUN_FILES.config), JSON.stringify(aConfig({ name: 'going', steps: 9 })))
  const lock = { nonce: 'n', pid: process.pid, host: hostname(), startedAt: new Date().toISOString() }
  writeFileSync(join(directory, RUN_FILES.lock), JSON.stringify(lock))
  return join(directory, RUN_FILES.lock)
}
