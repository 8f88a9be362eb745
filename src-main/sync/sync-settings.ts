/** sync.json of the data folder: where runs go, and whether they go by themselves. */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { Failure } from '#contract/failure'
import { FIRST_SYNC_SETTINGS, syncSettingsSchema, type SyncChange, type SyncSettings } from '#contract/sync'

/** Throws Failure config.unreadable. */
export function readSyncSettings(file: string): SyncSettings {
  if (!existsSync(file)) return FIRST_SYNC_SETTINGS
  try {
    return syncSettingsSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch (error) {
    throw new Failure('config.unreadable', { file, reason: (error as Error).message }, { cause: error })
  }
}

/** What is left out stays. Runs that were made before it is automatic are not sent by themselves. */
export function changeSyncSettings(file: string, { isAutomatic, ...change }: SyncChange, now: Date): SyncSettings {
  const before = readSyncSettings(file)
  const automaticSince =
    isAutomatic === undefined ? before.automaticSince : isAutomatic ? (before.automaticSince ?? now.toISOString()) : null
  const settings = { ...before, ...change, automaticSince }
  writeFileSync(`${file}.partial`, `${JSON.stringify(settings, null, 2)}\n`)
  renameSync(`${file}.partial`, file)
  return settings
}
