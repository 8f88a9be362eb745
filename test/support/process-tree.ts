/** What this process and all that it started take together; needs /proc. */
import { readFileSync } from 'node:fs'
import { filesIn } from './traces.ts'

const PAGE_BYTES = 4096
const EVERY_MS = 200
/** Of Linux, on all its machines. */
const TICKS_A_SECOND = 100

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

/** Seconds of processor time so far, with those of children that have ended; without /proc of this process alone. */
export function processorSeconds(): number {
  const { user, system } = process.cpuUsage()
  const ticks = descendants(process.pid).map((pid) => {
    // utime, stime, and those of ended children that were waited for.
    const fields = fieldsOf(pid).slice(11, pid === process.pid ? 11 : 15)
    return fields.reduce((sum, field) => sum + Number(field), 0)
  })
  return (user + system) / 1e6 + ticks.reduce((sum, each) => sum + each, 0) / TICKS_A_SECOND
}

/** Processes that a process started and that are still there, with theirs, in order; null without /proc. */
export function childrenOf(root: number): number[] | null {
  const all = descendants(root)
  return all.length === 0 ? null : all.filter((pid) => pid !== root).sort((a, b) => a - b)
}

/** Pages that two of the processes share are counted twice, so that this is never too little. */
function residentBytes(root: number): number {
  return descendants(root).reduce((sum, pid) => sum + residentPages(pid) * PAGE_BYTES, 0)
}

/** Itself among them. */
function descendants(root: number): number[] {
  const parents = new Map(numbersIn('/proc').map((pid) => [pid, parentOf(pid)]))
  const isBelow = (pid: number | undefined): boolean =>
    pid === root || (pid !== undefined && pid > 1 && isBelow(parents.get(pid)))
  return [...parents.keys()].filter(isBelow)
}

function numbersIn(folder: string): number[] {
  return filesIn(folder).flatMap((path) => (/\/\d+$/.test(path) ? [Number(path.split('/').at(-1))] : []))
}

function parentOf(pid: number): number {
  return Number(fieldsOf(pid)[1] ?? 0)
}

/** From the state on: the name in front of it may hold anything, parentheses among it. */
function fieldsOf(pid: number): string[] {
  return textOf(`/proc/${pid}/stat`)
    .replace(/^.*\) /s, '')
    .split(' ')
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
