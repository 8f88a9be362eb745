/** How large the data folder is, counted file by file without holding anything up. */
import { lstat, readdir, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import type { StoragePart, StorageReport } from '#contract/storage'

/** What comes and goes meanwhile is passed over. */
export async function storageReport(home: string): Promise<StorageReport> {
  const entries = await readdir(home, { withFileTypes: true }).catch(() => [])
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
  const others = entries.filter((entry) => !entry.isDirectory()).map(({ name }) => join(home, name))
  const parts = [await sizeOf('', others)]
  for (const name of folders) parts.push(await sizeOf(name, await filesBelow(join(home, name))))
  const disk = await statfs(home).catch(() => null)
  return {
    home,
    parts: parts.filter(({ fileCount }) => fileCount > 0).sort((a, b) => b.bytes - a.bytes),
    freeBytes: disk === null ? null : disk.bavail * disk.bsize,
  }
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  return entries.filter((entry) => !entry.isDirectory()).map(({ parentPath, name }) => join(parentPath, name))
}

async function sizeOf(name: string, files: readonly string[]): Promise<StoragePart> {
  let bytes = 0
  let fileCount = 0
  for (const file of files) {
    const stat = await lstat(file).catch(() => null)
    if (stat === null) continue
    bytes += stat.size
    fileCount++
  }
  return { name, bytes, fileCount }
}
