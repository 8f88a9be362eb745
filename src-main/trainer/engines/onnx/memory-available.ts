/** What this computer can give a run now: the least of what the system has left and what a container allows. */
import { readFileSync } from 'node:fs'
import { totalmem } from 'node:os'

/** Kept for the system and for other programs. */
const RESERVE_BYTES = 0.3e9

/** Reads a small file, null where it is not there. */
export type ReadText = (file: string) => string | null

/**
 * Bytes. Linux: MemAvailable, and the limit of the control group (versions 2 and 1) less what it holds and cannot give back.
 * Elsewhere nobody says what could be given back, so that half a gigabyte or an eighth of the machine, whichever is more, is left to others.
 */
export function availableMemory(platform = process.platform, totalBytes = totalmem(), read: ReadText = readText): number {
  if (platform !== 'linux') return totalBytes - Math.max(0.5e9, totalBytes / 8)
  const left = [systemLeft(read) ?? totalBytes, groupLeft(read)].filter((bytes) => bytes !== null)
  return Math.max(0, Math.min(...left) - RESERVE_BYTES)
}

function systemLeft(read: ReadText): number | null {
  const found = /^MemAvailable:\s*(\d+) kB/m.exec(read('/proc/meminfo') ?? '')
  return found === null ? null : Number(found[1]) * 1024
}

/** Inside a container its own group is the root of the tree that it sees. */
function groupLeft(read: ReadText): number | null {
  return (
    left(read, '/sys/fs/cgroup/memory.max', '/sys/fs/cgroup/memory.current', '/sys/fs/cgroup/memory.stat', 'inactive_file') ??
    left(
      read,
      '/sys/fs/cgroup/memory/memory.limit_in_bytes',
      '/sys/fs/cgroup/memory/memory.usage_in_bytes',
      '/sys/fs/cgroup/memory/memory.stat',
      'total_inactive_file',
    )
  )
}

function left(read: ReadText, limitFile: string, usedFile: string, statFile: string, cacheField: string): number | null {
  const limit = Number(read(limitFile) ?? Number.NaN)
  const used = Number(read(usedFile) ?? Number.NaN)
  // Without a limit the file says "max", or a number near 2^63.
  if (!Number.isFinite(limit) || !Number.isFinite(used) || limit > 2 ** 60) return null
  const cache = new RegExp(`^${cacheField} (\\d+)`, 'm').exec(read(statFile) ?? '')
  return limit - used + Number(cache?.[1] ?? 0)
}

function readText(file: string): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return null
  }
}
