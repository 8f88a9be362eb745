/** One trainer per run. */
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { randomUUID } from 'node:crypto'
import { basename, dirname, join } from 'node:path'
import { Failure } from '#contract/failure'
import type { RunLock } from '#contract/run-directory'

/** Takes the lock or throws Failure run.locked. The lock of a process of this host that is gone is taken over. */
export function takeLock(file: string, now: Date): RunLock {
  const lock: RunLock = { nonce: randomUUID(), pid: process.pid, host: hostname(), startedAt: now.toISOString() }
  if (create(file, lock)) return lock
  const holder = readLock(file)
  if (holder !== null && (holder.host !== hostname() || isAlive(holder.pid))) {
    throw new Failure('run.locked', { pid: holder.pid, host: holder.host, run: basename(dirname(file)) })
  }
  rmSync(file, { force: true })
  if (!create(file, lock)) throw new Failure('run.locked', { pid: 0, host: hostname(), run: basename(dirname(file)) })
  return lock
}

/** Gives the lock back, unless somebody else holds it by now. */
export function releaseLock(file: string, lock: RunLock): void {
  if (readLock(file)?.nonce === lock.nonce) rmSync(file, { force: true })
}

function readLock(file: string): RunLock | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as RunLock
  } catch {
    return null
  }
}

/** Written beside and linked into place: nobody ever reads half a lock. False when the lock is taken. */
function create(file: string, lock: RunLock): boolean {
  const beside = join(dirname(file), `.lock-${lock.nonce}`)
  writeFileSync(beside, JSON.stringify(lock))
  try {
    linkSync(beside, file)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    return false
  } finally {
    rmSync(beside)
  }
}

/** Signal 0 asks without sending; a process of another user answers EPERM and is alive. */
function isAlive(pid: number): boolean {
  if (pid === process.pid) return true
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
