/** The folder of a box after its end: whatever a program left there may want to be read or removed the wrong way. Linux and its like only. */
import { execFile } from 'node:child_process'
import { constants, rmSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** A link would lead to files of this machine, a pipe would wait for somebody to write. */
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK

export interface ReadLimits {
  /** Of each file; what is beyond is left out. */
  readonly fileBytes: number
  /** Of all files together, in the order of their names. */
  readonly folderBytes: number
}

/** Name -> text of plain files; what is not there, or is something else, is left out. Names must be plain ones. */
export async function filesRead(
  folder: string,
  names: readonly string[],
  { fileBytes, folderBytes }: ReadLimits,
): Promise<Record<string, string>> {
  const files: Record<string, string> = {}
  let left = folderBytes
  for (const name of names) {
    const bytes = await bytesOf(join(folder, name), Math.min(fileBytes, left))
    if (bytes === null) continue
    files[name] = bytes.toString('utf8')
    left -= bytes.length
  }
  return files
}

async function bytesOf(path: string, limit: number): Promise<Buffer | null> {
  const file = await open(path, FLAGS).catch(() => null)
  if (file === null) return null
  try {
    const stat = await file.stat()
    if (!stat.isFile()) return null
    const bytes = Buffer.alloc(Math.min(stat.size, limit))
    let length = 0
    while (length < bytes.length) {
      const { bytesRead } = await file.read(bytes, length, bytes.length - length)
      if (bytesRead === 0) break
      length += bytesRead
    }
    return bytes.subarray(0, length)
  } finally {
    await file.close()
  }
}

/** Folders that nobody may enter, and those deeper than a path can be long, are too much for Node. */
const REMOVAL = 'chmod -R u+rwX "$1"; exec rm -rf "$1"'

/** Removes a folder of ours with all in it. Nothing may be at work in it any more. */
export async function removeFolder(folder: string): Promise<void> {
  try {
    rmSync(folder, { recursive: true, force: true })
  } catch {
    await promisify(execFile)('/bin/sh', ['-c', REMOVAL, 'sh', folder], { env: { PATH: '/usr/bin:/bin' } })
  }
}
