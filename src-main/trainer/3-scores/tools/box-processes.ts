/**
 * What a box leaves when its first process is killed while it is being made: the one that it has started waits for its word, and is not yet
 * told to die with it. Found by the box's folder among Bubblewrap's words; what runs inside never has them.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { basename } from 'node:path'

/** Kills what Bubblewrap started for folders whose path begins so, with all that runs in it. Linux only; none elsewhere. */
export function killBoxProcesses(folderStart: string): void {
  for (const pid of processes()) {
    if (!isOfBox(pid, folderStart)) continue
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It is gone already.
    }
  }
}

function processes(): number[] {
  try {
    return readdirSync('/proc').map(Number).filter(Number.isInteger)
  } catch {
    return []
  }
}

function isOfBox(pid: number, folderStart: string): boolean {
  try {
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
    return words.includes(`\0${folderStart}`) && basename(readlinkSync(`/proc/${pid}/exe`)).startsWith('bwrap')
  } catch {
    // It is gone, or another one's.
    return false
  }
}
