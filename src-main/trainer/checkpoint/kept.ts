/** Which checkpoints of a run stay: the newest, and the best on validation tasks. */
import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { JournalEvent } from '#contract/journal'
import { RUN_FILES } from '#contract/run-directory'
import { namedCheckpoints } from './checkpoint.ts'

/** The name of a folder that is going away; nobody reads one. */
const GOING = '.removed'
const JUDGED_BY = 'eval/pass@1'

export interface KeptCheckpoints {
  /** 0 = all. */
  readonly keepLast: number
  readonly keepBest: boolean
}

/**
 * The step with the best pass@1 on validation tasks, the first of equals; null before any evaluation. Nothing else may choose a checkpoint: test tasks
 * are not looked at. Steps that were made again count as they came out last.
 */
export function bestStep(events: readonly JournalEvent[]): number | null {
  const rates = new Map<number, number>()
  for (const event of events) {
    if (event.type === 'rewound') for (const step of rates.keys()) if (step > event.toStep) rates.delete(step)
    const rate = event.type === 'eval.finished' && event.split === 'validation' ? event.metrics[JUDGED_BY] : undefined
    if (event.type === 'eval.finished' && rate !== undefined) rates.set(event.step, rate)
  }
  const sorted = [...rates].sort(([a, rate], [b, other]) => other - rate || a - b)
  return sorted[0]?.[0] ?? null
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
  const best = keepBest ? bestAmong(named, events) : null
  if (best !== null) kept.add(best)
  for (const { directory: name } of named) if (!kept.has(name)) remove(join(directory, name))
}

/** Steps without a checkpoint cannot be kept: the best of the others is. */
function bestAmong(named: ReturnType<typeof namedCheckpoints>, events: readonly JournalEvent[]): string | null {
  const steps = new Set(named.map(({ step }) => step))
  const best = bestStep(events.filter((event) => event.type !== 'eval.finished' || steps.has(event.step)))
  return named.findLast(({ step }) => step === best)?.directory ?? null
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
