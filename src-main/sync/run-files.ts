/** What stands about a run's copy in its folder: `wandb/` holds the wish, what the server has, the lines that it confirmed, and the state for people. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { RUN_FILES } from '#contract/run-directory'
import { syncWishSchema, type RunSyncStatus, type SyncWish } from '#contract/sync'

const FILES = {
  wish: 'wish.json',
  server: 'server.json',
  status: 'status.json',
  lines: 'confirmed-lines',
  lease: 'lease.json',
} as const

/** Where a run is at its server, and what of it is there. What of this is lost is sent again. */
const serverRecordSchema = z.object({
  baseUrl: z.string(),
  entity: z.string(),
  project: z.string(),
  /** Its id there. */
  run: z.string(),
  /** SHA-256 of what was sent last. */
  bucketHash: z.string().nullable(),
  aliases: z.array(z.string()),
  summaryHash: z.string().nullable(),
  /** Names of files that are there: each begins to be another one with another content. */
  files: z.record(z.string(), z.literal('sent')),
  /** Number of the event with which all was confirmed and counted; null while something is missing. */
  wholeSeq: z.int().nullable(),
  resends: z.int(),
})
export type ServerRecord = z.infer<typeof serverRecordSchema>

/** The run at its server, of which `confirmed-lines` is. */
export function ownerOf({ baseUrl, entity, project, run }: Pick<ServerRecord, 'baseUrl' | 'entity' | 'project' | 'run'>): string {
  return JSON.stringify([baseUrl, entity, project, run])
}

export function syncFile(directory: string, name: keyof typeof FILES): string {
  return join(directory, RUN_FILES.sync, FILES[name])
}

/** null: nobody ever wished anything. */
export function readWish(directory: string): SyncWish | null {
  return syncWishSchema.safeParse(readJson(syncFile(directory, 'wish'))).data ?? null
}

export function writeWish(directory: string, wish: SyncWish): void {
  writeJson(syncFile(directory, 'wish'), wish)
}

export function readServerRecord(directory: string): ServerRecord | null {
  return serverRecordSchema.safeParse(readJson(syncFile(directory, 'server'))).data ?? null
}

export function writeServerRecord(directory: string, record: ServerRecord): void {
  writeJson(syncFile(directory, 'server'), record)
}

export type StoredStatus = Omit<RunSyncStatus, 'run' | 'place' | 'otherPlace'>

/** null: there is none yet, or it is damaged; the next one comes soon. */
export function readStatus(directory: string): StoredStatus | null {
  const status = readJson(syncFile(directory, 'status')) as StoredStatus | null
  return typeof status?.state === 'string' ? status : null
}

export function writeStatus(directory: string, status: StoredStatus): void {
  writeJson(syncFile(directory, 'status'), status)
}

/** Renamed into place: nobody reads half of it. The folder of a run that was removed is not made again. */
function writeJson(file: string, value: unknown): void {
  try {
    mkdirSync(join(file, '..'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  const beside = `${file}.${process.pid}.partial`
  writeFileSync(beside, `${JSON.stringify(value, null, 2)}\n`)
  renameSync(beside, file)
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return null
  }
}
