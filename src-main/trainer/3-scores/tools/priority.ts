/**
 * Scoring gives way to the engine: an engine's threads wait for each other at every operator, so that one of them held up by a tool holds up all.
 * Whoever scores takes what is left over, and the whole machine when the engine is done. Linux only; elsewhere, and where the kernel refuses, nothing changes.
 */
import { readlinkSync, writeFileSync } from 'node:fs'
import { setPriority } from 'node:os'

/**
 * As `nice` counts: a third of what an engine's thread gets where both want the same processor. More would starve a design on a busy machine, whose
 * time then runs out.
 */
const BEHIND = 5

/** The calling thread, and the processes that it starts from now on. */
export function stepBehind(): void {
  attempt(() => setPriority(Number(readlinkSync('/proc/thread-self').split('/').at(-1)), BEHIND))
}

/**
 * The session of the calling process, as a whole: the kernel weighs sessions against each other, and niceness only within one. For a process with a session
 * of its own, once: the kernel lets only root change it again soon.
 */
export function stepBehindAsSession(): void {
  attempt(() => writeFileSync('/proc/self/autogroup', String(BEHIND)))
}

function attempt(change: () => void): void {
  if (process.platform !== 'linux') return
  try {
    change()
  } catch {
    // It may be gone already, and not every kernel has all of it.
  }
}
