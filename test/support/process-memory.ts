/** How much memory a process and all that it started take together; needs /proc. */
import { readFileSync } from 'node:fs'
import { filesIn } from './traces.ts'

const PAGE_BYTES = 4096
const EVERY_MS = 200

/** Follows this process and its descendants until it is stopped; answers the largest sum of resident bytes, null without /proc. */
export function watchPeakMemory(): () => number | null {
  let peak = 0
  const look = (): void => void (peak = Math.max(peak, residentBytes(process.pid)))
  const timer = setInterval(look, EVERY_MS).unref()
  look()
  return () => {
    clearInterval(timer)
    return peak > 0 ? peak : null
  }
}

/** Pages that two of the processes share are counted twice, so that this is never too little. */
function residentBytes(root: number): number {
  const parents = new Map(numbersIn('/proc').map((pid) => [pid, parentOf(pid)]))
  const isBelow = (pid: number | undefined): boolean => pid === root || (pid !== undefined && pid > 1 && isBelow(parents.get(pid)))
  return [...parents.keys()].filter(isBelow).reduce((sum, pid) => sum + residentPages(pid) * PAGE_BYTES, 0)
}

function numbersIn(folder: string): number[] {
  return filesIn(folder).flatMap((path) => (/\/\d+$/.test(path) ? [Number(path.split('/').at(-1))] : []))
}

/** The name in front may hold anything, parentheses among it. */
function parentOf(pid: number): number {
  return Number(textOf(`/proc/${pid}/stat`).replace(/^.*\) \S /s, '').split(' ')[0] ?? 0)
}

function residentPages(pid: number): number {
  return Number(textOf(`/proc/${pid}/statm`).split(' ')[1] ?? 0)
}

/** Empty for a process that is gone. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
