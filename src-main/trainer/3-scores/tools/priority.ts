/**
 * Scoring gives way to the engine: an engine's threads wait for each other at every operator, so that one of them held up by a tool holds up all.
 * Whoever scores takes what is left over, and the whole machine when the engine is done. Linux only; elsewhere, and where the kernel refuses, nothing changes.
 */
import { readlinkSync, writeFileSync } from 'node:fs'
import { setPriority } from 'node:os'

/** As `nice` counts: a tenth of what an engine's thread gets where both want the same processor. */
const BEHIND = 10

/** The calling thread, and what it starts from now on. */
export function stepBehind(): void {
  attempt(() => setPriority(Number(readlinkSync('/proc/thread-self').split('/').at(-1)), BEHIND))
}

/** A session as a whole: the kernel weighs sessions against each other, and niceness only within one. */
export function putSessionBehind(leader: number): void {
  attempt(() => writeFileSync(`/proc/${leader}/autogroup`, String(BEHIND)))
}

function attempt(change: () => void): void {
  if (process.platform !== 'linux') return
  try {
    change()
  } catch {
    // It may be gone already, and not every kernel has all of it.
  }
}
