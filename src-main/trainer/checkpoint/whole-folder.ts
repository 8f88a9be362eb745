/** Folders that are whole or not there. */
import { closeSync, fsyncSync, mkdirSync, openSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Failure } from '#contract/failure'

/**
 * Lets `fill` write into the empty folder `beside`, brings it to the disk and renames it to `target`, whose place it takes.
 * Whatever fails, `target` stays as it was and `beside` is gone. Throws Failure disk.full naming the target or the file, and what `fill` throws.
 */
export async function writeFolder(target: string, beside: string, fill: (folder: string) => Promise<void> | void): Promise<void> {
  rmSync(beside, { recursive: true, force: true })
  try {
    mkdirSync(dirname(beside), { recursive: true })
    mkdirSync(beside)
    await fill(beside)
    syncFolder(beside)
    rmSync(target, { recursive: true, force: true })
    renameSync(beside, target)
    sync(dirname(target), FOLDER)
  } catch (error) {
    rmSync(beside, { recursive: true, force: true })
    throw isFull(error) ? new Failure('disk.full', { path: target }, { cause: error }) : error
  }
}

/** A quota is a full disk to whoever writes. */
function isFull(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT', 'EFBIG'].includes((error as NodeJS.ErrnoException).code ?? '')
}

/** Only what has been brought to the disk is told to be full, or is there after a power cut. */
function syncFolder(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) syncFolder(path)
    else sync(path, FILE)
  }
  sync(folder, FOLDER)
}

// Windows syncs only what is open for writing, and no folders.
const FILE = process.platform === 'win32' ? 'r+' : 'r'
const FOLDER = process.platform === 'win32' ? null : 'r'

function sync(path: string, flags: 'r' | 'r+' | null): void {
  if (flags === null) return
  const handle = openSync(path, flags)
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}
