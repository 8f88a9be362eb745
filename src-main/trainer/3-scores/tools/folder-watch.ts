/** A limit on what a folder may come to hold. The kernel limits each file of a process, but not how many of them it writes. */
import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'

/** Most jobs have ended before the first look. */
const INTERVAL_MS = 150
const MOST_FILES = 1_000

/** Codes of what shuts itself off from being counted: no tool of ours does that. */
const HIDDEN = new Set(['EACCES', 'EPERM', 'ENAMETOOLONG'])

/**
 * Calls `exceeded` once when the files of the folder and of those in it together pass the limit, are too many to be counted, or are hidden. Call what
 * it gives to end it.
 */
export function watchFolder(folder: string, limitBytes: number, exceeded: () => void): () => void {
  let timer: NodeJS.Timeout | undefined
  let isEnded = false
  const look = async (): Promise<void> => {
    if ((await sizeOf(folder)) > limitBytes) return exceeded()
    if (!isEnded) timer = setTimeout(() => void look(), INTERVAL_MS)
  }
  timer = setTimeout(() => void look(), INTERVAL_MS)
  return () => {
    isEnded = true
    clearTimeout(timer)
  }
}

/** Bytes; Infinity for too many files, and for hidden ones. What goes while it is counted is 0; links are not followed. */
async function sizeOf(top: string): Promise<number> {
  const folders = [top]
  let [bytes, files] = [0, 0]
  const unknown = ({ code }: NodeJS.ErrnoException): void => {
    if (HIDDEN.has(code ?? '')) bytes = Infinity
  }
  // It grows while it is walked over.
  for (const folder of folders) {
    const names = (await readdir(folder).catch(unknown)) ?? []
    files += names.length
    if (files > MOST_FILES || bytes === Infinity) return Infinity
    const paths = names.map((name) => join(folder, name))
    const stats = await Promise.all(paths.map((path) => lstat(path).catch(unknown)))
    for (const [i, stat] of stats.entries()) {
      bytes += stat?.size ?? 0
      if (stat?.isDirectory()) folders.push(paths[i]!)
    }
  }
  return bytes
}
