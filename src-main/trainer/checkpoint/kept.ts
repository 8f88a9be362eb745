/** Which checkpoints of a run stay: the newest, and the best on validation tasks. */
import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { JournalEvent } from '#contract/journal'
import { RUN_FILES } from '#contract/run-directory'
import { bestCheckpoint } from './best.ts'
import { namedCheckpoints } from './checkpoint.ts'

/** The name of a folder that is going away; nobody reads one. */
const GOING = '.removed'

export interface KeptCheckpoints {
  /** 0 = all. */
  readonly keepLast: number
  readonly keepBest: boolean
}

/** Call it when the newest checkpoint stands in the journal: until then an older one is what a run would go on from. */
export function removeOldCheckpoints(
  directory: string,
  events: readonly JournalEvent[],
  { keepLast, keepBest }: KeptCheckpoints,
): void {
  finishRemovals(directory)
  if (keepLast === 0) return
  const named = namedCheckpoints(directory, events)
  const kept = new Set(named.slice(-keepLast).map((checkpoint) => checkpoint.directory))
  // Steps without a checkpoint cannot be kept: the best of the others is.
  const best = keepBest ? bestCheckpoint(named, events) : null
  if (best !== null) kept.add(best.directory)
  for (const { directory: name } of named) if (!kept.has(name)) remove(join(directory, name))
}

/** Renamed first: a kill in the middle must not leave half a checkpoint under the name of a whole one. */
function remove(checkpoint: string): void {
  if (!existsSync(checkpoint)) return
  renameSync(checkpoint, `${checkpoint}${GOING}`)
  rmSync(`${checkpoint}${GOING}`, { recursive: true, force: true })
}

function finishRemovals(directory: string): void {
  const folder = join(directory, RUN_FILES.checkpoints)
  if (!existsSync(folder)) return
  for (const name of readdirSync(folder)) if (name.endsWith(GOING)) rmSync(join(folder, name), { recursive: true, force: true })
}
