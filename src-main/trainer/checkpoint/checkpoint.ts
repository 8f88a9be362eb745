/** Checkpoints of a run: written beside, renamed into place, named by the journal only afterwards. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import type { JournalEvent } from '#contract/journal'
import { CHECKPOINT_STATE_FILE, RUN_FILES, stepName, type RunParent } from '#contract/run-directory'
import type { Engine } from '../engines/engine.ts'
import type { RecipeState } from '../flow.ts'
import { writeFolder } from './whole-folder.ts'

/** What a run needs beside the engine's own state. Everything drawn is drawn from seeds, so that no generator's state is among it. */
export interface TrainingState {
  readonly step: number
  /** What the recipe carries on; none in checkpoints that are older than it. */
  readonly recipe?: RecipeState
}

/** Saves after a finished step; answers the directory's name inside the run. Throws Failure disk.full; then no checkpoint is named. */
export async function saveCheckpoint(runDirectory: string, engine: Engine, state: TrainingState): Promise<string> {
  // The journal names it alike on every platform.
  const name = posix.join(RUN_FILES.checkpoints, stepName(state.step))
  const target = join(runDirectory, name)
  await writeFolder(target, `${target}.partial`, async (folder) => {
    await engine.save(folder)
    writeFileSync(join(folder, CHECKPOINT_STATE_FILE), JSON.stringify(state))
  })
  return name
}

export async function loadCheckpoint(runDirectory: string, name: string, engine: Engine): Promise<TrainingState> {
  const directory = join(runDirectory, name)
  await engine.load(directory)
  return JSON.parse(readFileSync(join(directory, CHECKPOINT_STATE_FILE), 'utf8')) as TrainingState
}

/** The checkpoint that a cloned run began from, which was copied into it; null for a run that began from its model. */
export function originCheckpoint(runDirectory: string): NamedCheckpoint | null {
  const file = join(runDirectory, RUN_FILES.parent)
  if (!existsSync(file)) return null
  const { step } = JSON.parse(readFileSync(file, 'utf8')) as RunParent
  return { step, directory: posix.join(RUN_FILES.checkpoints, stepName(step)) }
}

export interface NamedCheckpoint {
  readonly step: number
  /** Inside the run. */
  readonly directory: string
}

/** Checkpoints that the journal names and that are there, in the order in which they were saved. */
export function namedCheckpoints(runDirectory: string, events: readonly JournalEvent[]): NamedCheckpoint[] {
  const saved = events.flatMap((event) => (event.type === 'checkpoint.saved' ? [event] : []))
  return saved
    .filter(({ directory }) => existsSync(join(runDirectory, directory, CHECKPOINT_STATE_FILE)))
    .map(({ step, directory }) => ({ step, directory }))
}

/** The newest of them; null when there is none. */
export function newestCheckpoint(runDirectory: string, events: readonly JournalEvent[]): string | null {
  return namedCheckpoints(runDirectory, events).at(-1)?.directory ?? null
}
