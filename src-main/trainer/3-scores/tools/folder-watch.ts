/** A limit on what a folder may come to hold. The kernel limits each file of a process, but not how many of them it writes. */
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** Most jobs have ended before the first look. */
const INTERVAL_MS = 150
const MOST_FILES = 1_000

/** Calls `exceeded` once when the files of the folder together pass the limit, or are too many to be counted. Call what it gives to end it. */
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

/** Bytes; Infinity for too many files. What goes while it is counted is 0. */
async function sizeOf(folder: string): Promise<number> {
  const names = await readdir(folder).catch(() => [])
  if (names.length > MOST_FILES) return Infinity
  const sizes = await Promise.all(
    names.map((name) =>
      stat(join(folder, name)).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}
