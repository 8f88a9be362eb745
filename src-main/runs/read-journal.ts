/** Journal and rollout files -> parts for the store. */
import { open, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { RolloutEntry } from '#contract/api'
import {
  journalEventSchema,
  rolloutRecordSchema,
  type JournalEvent,
  type RolloutRecord,
  type RunOutcome,
} from '#contract/journal'
import { RUN_FILES } from '#contract/run-directory'
import type { JournalPart, RolloutRow } from '#store/records'
import { entryOf } from './rollout-entry.ts'

/** A journal that was never taken in comes in parts of this size. */
const PART_BYTES = 4 * 1024 * 1024
const NEWLINE = 0x0a

/** Whole lines from `startByte` on, at most PART_BYTES of them; null when there is none. A line that is not a known event is passed over. */
export async function readJournalPart(directory: string, startByte: number): Promise<JournalPart | null> {
  const bytes = await readBytes(join(directory, RUN_FILES.journal), startByte, PART_BYTES)
  const end = bytes.lastIndexOf(NEWLINE) + 1
  if (end === 0) return null
  const events = bytes
    .subarray(0, end)
    .toString('utf8')
    .split('\n')
    .flatMap((line) => parseEvent(line))
  const rollouts: RolloutRow[] = []
  for (const event of events) {
    if (event.type === 'step.finished') rollouts.push(...(await indexRollouts(directory, event.rolloutFile, event.step)))
  }
  return { events, endByte: startByte + end, rollouts }
}

/** Room for the longest last line: an end with its reason and remedy. */
const TAIL_BYTES = 64 * 1024

/** How a run ended, by the last line of its journal; null when that tells of no end. */
export async function lastOutcome(directory: string): Promise<RunOutcome | null> {
  const file = join(directory, RUN_FILES.journal)
  const size = (await stat(file).catch(() => null))?.size ?? 0
  const bytes = await readBytes(file, Math.max(0, size - TAIL_BYTES), TAIL_BYTES)
  const event = bytes
    .toString('utf8')
    .split('\n')
    .flatMap((line) => parseEvent(line))
    .at(-1)
  return event?.type === 'run.ended' ? event.outcome : null
}

function parseEvent(line: string): JournalEvent[] {
  if (line === '') return []
  try {
    const parsed = journalEventSchema.safeParse(JSON.parse(line))
    return parsed.success ? [parsed.data] : []
  } catch {
    return []
  }
}

/** One row a rollout; none when the file is gone, for the journal stands without it. */
async function indexRollouts(directory: string, file: string, step: number): Promise<RolloutRow[]> {
  let bytes: Buffer
  try {
    bytes = await readFile(join(directory, file))
  } catch {
    return []
  }
  const rows: RolloutRow[] = []
  for (let offset = 0; offset < bytes.length;) {
    const newline = bytes.indexOf(NEWLINE, offset)
    const end = newline === -1 ? bytes.length : newline
    const entry = entryIn(bytes.toString('utf8', offset, end))
    // A file that a resumed trainer has replaced belongs to that trainer's event.
    if (entry?.step === step) rows.push({ ...entry, file, offset, length: end - offset })
    offset = end + 1
  }
  return rows
}

/** null for a line that cannot be read: it costs itself alone. */
function entryIn(line: string): RolloutEntry | null {
  try {
    return entryOf(JSON.parse(line) as RolloutRecord)
  } catch {
    return null
  }
}

/** Throws when the record is not there as it was indexed. */
export async function readRollout(directory: string, { file, offset, length }: RolloutRow): Promise<RolloutRecord> {
  const bytes = await readBytes(join(directory, file), offset, length)
  return rolloutRecordSchema.parse(JSON.parse(bytes.toString('utf8')))
}

/** At most `length` bytes; none when the file is not there. */
async function readBytes(file: string, start: number, length: number): Promise<Buffer> {
  try {
    const handle = await open(file, 'r')
    try {
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(length), 0, length, start)
      return buffer.subarray(0, bytesRead)
    } finally {
      await handle.close()
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0)
    throw error
  }
}
