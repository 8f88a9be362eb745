/** Checkpoints of a run: written beside, renamed into place, named by the journal only afterwards. */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { Failure } from '#contract/failure'
import type { JournalEvent } from '#contract/journal'
import { RUN_FILES, stepName } from '#contract/run-directory'
import type { Engine } from '../engines/engine.ts'

const STATE_FILE = 'state.json'

/** What a run needs beside the engine's own state. Everything drawn is drawn from seeds, so that no generator's state is among it. */
export interface TrainingState {
  readonly step: number
}

/** Saves after a finished step; answers the directory's name inside the run. */
export async function saveCheckpoint(runDirectory: string, engine: Engine, state: TrainingState): Promise<string> {
  // The journal names it alike on every platform.
  const name = posix.join(RUN_FILES.checkpoints, stepName(state.step))
  const target = join(runDirectory, name)
  const beside = `${target}.partial`
  rmSync(beside, { recursive: true, force: true })
  mkdirSync(beside, { recursive: true })
  try {
    await engine.save(beside)
    writeFileSync(join(beside, STATE_FILE), JSON.stringify(state))
    rmSync(target, { recursive: true, force: true })
    renameSync(beside, target)
  } catch (error) {
    rmSync(beside, { recursive: true, force: true })
    const isFull = (error as NodeJS.ErrnoException).code === 'ENOSPC'
    throw isFull ? new Failure('disk.full', { path: target }, { cause: error }) : error
  }
  return name
}

export async function loadCheckpoint(runDirectory: string, name: string, engine: Engine): Promise<TrainingState> {
  const directory = join(runDirectory, name)
  await engine.load(directory)
  return JSON.parse(readFileSync(join(directory, STATE_FILE), 'utf8')) as TrainingState
}

/** The newest checkpoint that the journal names and that is there; null when there is none. */
export function newestCheckpoint(runDirectory: string, events: readonly JournalEvent[]): string | null {
  const saved = events.flatMap((event) => (event.type === 'checkpoint.saved' ? [event.directory] : []))
  return saved.findLast((name) => existsSync(join(runDirectory, name, STATE_FILE))) ?? null
}
