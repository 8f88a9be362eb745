/** The checkpoints of runs, for a list: read anew only where the run went on. */
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { Failure } from '#contract/failure'
import type { JournalEvent } from '#contract/journal'
import type { KnownCheckpoint } from '#contract/known-models'
import { RUN_FILES } from '#contract/run-directory'
import { bestCheckpoint, validationPass } from '../checkpoint/best.ts'
import { namedCheckpoints } from '../checkpoint/checkpoint.ts'
import { readJournal } from '../journal/journal.ts'

export class CheckpointLists {
  readonly #known = new Map<string, { readonly stamp: string; readonly checkpoints: readonly KnownCheckpoint[] }>()

  /** By step; none of a run whose journal is damaged. */
  of(runDirectory: string): readonly KnownCheckpoint[] {
    const stamp = stampOf(runDirectory)
    const known = this.#known.get(runDirectory)
    if (known?.stamp === stamp) return known.checkpoints
    const checkpoints = listCheckpoints(runDirectory)
    this.#known.set(runDirectory, { stamp, checkpoints })
    return checkpoints
  }
}

function listCheckpoints(runDirectory: string): KnownCheckpoint[] {
  const events = eventsOf(runDirectory)
  const named = namedCheckpoints(runDirectory, events)
  const best = bestCheckpoint(named, events)
  const passAt = validationPass(events)
  // A step that was made again has named its folder twice.
  const byStep = new Map(named.map((checkpoint) => [checkpoint.step, checkpoint]))
  return [...byStep.values()]
    .sort((a, b) => a.step - b.step)
    .map(({ step, directory }) => ({
      step,
      bytes: bytesIn(join(runDirectory, directory)),
      passAt1: passAt.get(step) ?? null,
      isBest: step === best?.step,
    }))
}

/** One run must not take the list of all with it. */
function eventsOf(runDirectory: string): JournalEvent[] {
  try {
    return readJournal(join(runDirectory, RUN_FILES.journal)).events
  } catch (error) {
    if (error instanceof Failure) return []
    throw error
  }
}

/** A trainer may remove an old one meanwhile. */
function bytesIn(folder: string): number {
  if (!existsSync(folder)) return 0
  const sizes = readdirSync(folder).map((name) => statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0)
  return sizes.reduce((sum, size) => sum + size, 0)
}

/** Changes when the journal grows, and when a checkpoint comes or goes. */
function stampOf(runDirectory: string): string {
  const stats = [RUN_FILES.journal, RUN_FILES.checkpoints].map((name) =>
    statSync(join(runDirectory, name), { throwIfNoEntry: false }),
  )
  return stats.map((stat) => `${stat?.mtimeMs} ${stat?.size}`).join(' ')
}
