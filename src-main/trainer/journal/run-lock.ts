/** One trainer per run. */
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { randomUUID } from 'node:crypto'
import { basename, dirname, join } from 'node:path'
import { Failure } from '#contract/failure'
import type { RunLock } from '#contract/run-directory'

/** Takes the lock or throws Failure run.locked. The lock of a process of this host that is gone is taken over, by one process only. */
export function takeLock(file: string, now: Date): RunLock {
  const lock: RunLock = { nonce: randomUUID(), pid: process.pid, host: hostname(), startedAt: now.toISOString() }
  if (create(file, lock)) return lock
  const text = read(file)
  // Given back a moment ago, or left by a process that is gone.
  const isTaken = text === null ? create(file, lock) : isGone(parse(text)) && takeOver(file, text, lock)
  if (isTaken) return lock
  const { pid, host } = parse(read(file)) ?? parse(text) ?? lock
  throw new Failure('run.locked', { pid, host, run: basename(dirname(file)) })
}

/** Gives the lock back, unless somebody else holds it by now. */
export function releaseLock(file: string, lock: RunLock): void {
  if (parse(read(file))?.nonce === lock.nonce) rmSync(file, { force: true })
}

/**
 * Removing a dead lock and making one's own are two steps: without a second lock around them, one of two processes that saw the dead lock
 * would remove the other's live one.
 */
function takeOver(file: string, dead: string, lock: RunLock): boolean {
  const around = `${file}.takeover`
  if (!create(around, lock)) {
    const other = parse(read(around))
    // Left by a process that died in here: the next try finds the way free.
    if (other !== null && isGone(other)) rmSync(around, { force: true })
    return false
  }
  try {
    if (read(file) !== dead) return false
    rmSync(file, { force: true })
    return create(file, lock)
  } finally {
    rmSync(around, { force: true })
  }
}

/** Nobody holds it: damaged, or of a process of this host that is no more. */
function isGone(holder: RunLock | null): boolean {
  return holder === null || (holder.host === hostname() && !isAlive(holder.pid))
}

/** null: there is none. */
function read(file: string): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    return null
  }
}

/** null: there is none, or it is damaged. */
function parse(text: string | null): RunLock | null {
  try {
    const lock = JSON.parse(text ?? 'null') as RunLock | null
    return typeof lock?.pid === 'number' ? lock : null
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
