/** One installation at a time in a data folder, however many workbenches are open over it. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { Failure } from '#contract/failure'
import { isAlive } from '#launch/is-alive'

/** Its numbers: the workbench, then the programs that it started, which may outlive it. */
export interface Lock {
  add(pid: number): void
  release(): void
}

/** Throws Failure environment.busy. A lock whose processes are all gone is taken over. */
export function takeLock(file: string, ownPid = process.pid): Lock {
  mkdirSync(dirname(file), { recursive: true })
  const pids = [ownPid]
  const write = (flag: 'wx' | 'w'): void => writeFileSync(file, JSON.stringify(pids), { flag })
  try {
    write('wx')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    const holder = pidsIn(file).find(isAlive)
    if (holder !== undefined) throw new Failure('environment.busy', { pid: holder })
    write('w')
  }
  return {
    add: (pid) => {
      pids.push(pid)
      write('w')
    },
    release: () => rmSync(file, { force: true }),
  }
}

function pidsIn(file: string): number[] {
  try {
    const read: unknown = JSON.parse(readFileSync(file, 'utf8'))
    return Array.isArray(read) ? read.filter((pid) => Number.isSafeInteger(pid) && pid > 0) : []
  } catch {
    return []
  }
}
