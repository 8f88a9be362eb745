/** What a program may have left behind. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Paths right below a folder; empty where it cannot be read. */
export function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder).map((name) => join(folder, name))
  } catch {
    return []
  }
}

/** Processes started by another whose command line holds `word`; needs /proc. */
export function childrenOf(parent: number, word = ''): number[] {
  const pids = filesIn('/proc').flatMap((path) => (/\/\d+$/.test(path) ? [Number(path.split('/').at(-1))] : []))
  return pids.filter((pid) => parentOf(pid) === parent && commandOf(pid).includes(word))
}

function parentOf(pid: number): number | null {
  try {
    return Number(/^PPid:\t(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
  } catch {
    return null
  }
}

/** Words of a process with a 0 behind each; empty when it is gone. */
export function commandOf(pid: number | string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}
