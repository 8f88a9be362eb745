/** The files of run directories, from the workbench's side: it makes them, adds commands, and otherwise only reads. */
import {
  appendFileSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { randomBytes, randomUUID } from 'node:crypto'
import type { ControlRequest } from '#contract/control'
import { runConfigSchema, type RunConfig } from '#contract/run-config'
import { RUN_FILES, type RunLock, type RunNotes, type RunParent } from '#contract/run-directory'
import type { RunLog } from '#contract/run-log'
import { isAlive } from '#launch/is-alive'
import { readLink } from '#remote/link-file'
import type { NewRun } from '#store/records'

/** Bytes of a log's end that are looked at for each line that is asked for; a longer line may be cut. */
const LOG_BYTES_A_LINE = 400

interface NewFolder {
  readonly id?: string | undefined
  /** The act that asked for it (contract/once.ts): ends its id. */
  readonly once?: string | undefined
  /** Adds to it before it is there. */
  readonly fill?: (directory: string) => void
  /** Left out: it waits for a trainer. */
  readonly isWaiting?: boolean
}

/** Makes a run directory whole before it gets its name, so that nobody finds half of one. Answers the run's id; throws where that is taken. */
export function createRunDirectory(
  runsFolder: string,
  config: RunConfig,
  now: Date,
  { once, id = runId(config.name, now, once), fill = () => {}, isWaiting = true }: NewFolder = {},
): string {
  const beside = join(runsFolder, `.${id}.partial`)
  mkdirSync(beside, { recursive: true })
  const notes: RunNotes = { name: config.name, tags: [], text: '', isArchived: false, createdAt: now.toISOString() }
  writeFileSync(join(beside, RUN_FILES.config), `${JSON.stringify(config, null, 2)}\n`)
  writeFileSync(join(beside, RUN_FILES.notes), `${JSON.stringify(notes, null, 2)}\n`)
  if (isWaiting) putInQueue(beside, [], now)
  try {
    fill(beside)
    renameSync(beside, join(runsFolder, id))
  } catch (error) {
    rmSync(beside, { recursive: true, force: true })
    throw error
  }
  return id
}

/** Sorts by time and can be read: 20261123-142049-starter-grpo-3fa9. */
function runId(name: string, now: Date, once = randomBytes(2).toString('hex')): string {
  const time = now.toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15)
  const words = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 40)
  return [time, words, once].filter((part) => part !== '').join('-')
}

/** Folders that hold a run; hidden ones are still being made. */
export function listRunIds(runsFolder: string): string[] {
  if (!existsSync(runsFolder)) return []
  return readdirSync(runsFolder).filter((name) => !name.startsWith('.') && existsSync(join(runsFolder, name, RUN_FILES.config)))
}

/** The run that an act has made; null for none, or without an act. */
export function runMadeBy(runsFolder: string, once: string | undefined): string | null {
  if (once === undefined) return null
  return listRunIds(runsFolder).find((id) => id.endsWith(`-${once}`)) ?? null
}

/** null when the folder's config cannot be used. */
export function readRun(runsFolder: string, id: string): NewRun | null {
  const directory = join(runsFolder, id)
  const config = runConfigSchema.safeParse(readJson(join(directory, RUN_FILES.config)))
  if (!config.success) return null
  const notes = readJson(join(directory, RUN_FILES.notes)) as Partial<RunNotes> | null
  const createdAt = notes?.createdAt ?? statSync(join(directory, RUN_FILES.config)).mtime.toISOString()
  return { id, config: config.data, createdAt }
}

/** `once`: a trainer passes over a command whose id it has seen. */
export function appendControl(directory: string, request: ControlRequest, now: Date, once: string = randomUUID()): void {
  const line = JSON.stringify({ id: once, time: now.toISOString(), ...request })
  appendFileSync(join(directory, RUN_FILES.control), `${line}\n`)
}

/** Is there a command of this act already? */
export function wasAsked(directory: string, once: string | undefined): boolean {
  const file = join(directory, RUN_FILES.control)
  return once !== undefined && existsSync(file) && readFileSync(file, 'utf8').includes(`{"id":"${once}"`)
}

export function readParent(directory: string): RunParent | null {
  return readJson(join(directory, RUN_FILES.parent)) as RunParent | null
}

export function readEnvironment(directory: string): Record<string, unknown> | null {
  return readJson(join(directory, RUN_FILES.environment)) as Record<string, unknown> | null
}

/** The last so many lines of the trainer's log; none where there is no log. */
export function readLogTail(directory: string, lineCount: number): RunLog {
  const file = join(directory, RUN_FILES.log)
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0
  const bytes = Buffer.alloc(Math.min(size, lineCount * LOG_BYTES_A_LINE))
  if (bytes.length > 0) {
    const log = openSync(file, 'r')
    readSync(log, bytes, 0, bytes.length, size - bytes.length)
    closeSync(log)
  }
  const text = bytes.toString('utf8').trimEnd()
  const lines = text === '' ? [] : text.split('\n')
  return { lines: lines.slice(-lineCount), isCut: bytes.length < size || lines.length > lineCount }
}

/** Is a trainer at work on this run? On another computer, as that said last; a lock of another host is believed. */
export function hasTrainer(directory: string): boolean {
  const link = readLink(directory)
  if (link !== null) return link.hasTrainer
  const lock = readJson(join(directory, RUN_FILES.lock)) as RunLock | null
  if (lock === null) return false
  return lock.host !== hostname() || isAlive(lock.pid)
}

/** Did a trainer ever start here? */
export function wasStarted(directory: string): boolean {
  return existsSync(join(directory, RUN_FILES.log))
}

export function isQueued(directory: string): boolean {
  return existsSync(join(directory, RUN_FILES.queued))
}

interface QueueEntry {
  /** ISO-UTC: when it began to wait. */
  readonly time?: string
  /** ISO-UTC: when its turn had come. */
  readonly launchedAt?: string
  readonly flags?: readonly string[]
  readonly once?: string
}

export function putInQueue(directory: string, flags: readonly string[], now: Date, once?: string): void {
  writeFileSync(join(directory, RUN_FILES.queued), `${JSON.stringify({ time: now.toISOString(), flags, once })}\n`)
}

/** Waits the run by this act, or was it launched by it last? */
export function wasQueuedBy(directory: string, once: string | undefined): boolean {
  const entries = [RUN_FILES.queued, RUN_FILES.launched].map((name) => readJson(join(directory, name)))
  return once !== undefined && entries.some((entry) => (entry as QueueEntry | null)?.once === once)
}

/** Gives up the run's place in the queue. */
export function leaveQueue(directory: string): void {
  rmSync(join(directory, RUN_FILES.queued), { force: true })
}

/** Takes the run out of the queue to launch it; null when somebody else was faster. */
export function takeFromQueue(directory: string, now: Date): { readonly flags: readonly string[] } | null {
  const launched = join(directory, RUN_FILES.launched)
  try {
    renameSync(join(directory, RUN_FILES.queued), launched)
  } catch {
    return null
  }
  const entry = readJson(launched) as QueueEntry | null
  // A file's own time is that of its last copy.
  writeFileSync(`${launched}.partial`, `${JSON.stringify({ ...entry, launchedAt: now.toISOString() })}\n`)
  renameSync(`${launched}.partial`, launched)
  return { flags: entry?.flags ?? [] }
}

/** When the run was last launched, in ms; null when it never was, or when that launch is known to be over. */
export function launchedAt(directory: string): number | null {
  const entry = readJson(join(directory, RUN_FILES.launched)) as QueueEntry | null
  const time = Date.parse(entry?.launchedAt ?? entry?.time ?? '')
  return Number.isNaN(time) ? null : time
}

export function forgetLaunch(directory: string): void {
  rmSync(join(directory, RUN_FILES.launched), { force: true })
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return null
  }
}
