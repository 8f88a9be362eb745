/**
 * Which tasks prompts are drawn from at a step: all, or with a curriculum first the easy ones. What is easy is known before training: the task's
 * difficulty, then the length of its reference. Sources: Bengio et al., "Curriculum learning" (2009); a share of the ordered tasks that grows linearly:
 * Platanios et al., "Competence-based curriculum learning" (2019). Knows neither runs nor scores: a step gives the same tasks whenever it is made.
 */
import type { Task } from '../flow.ts'

export interface Curriculum {
  /** Of the ordered tasks at step 1, 0..1. */
  readonly startShare: number
  /** Steps until all are open. */
  readonly steps: number
}

/** Steps from 1; steps that `before` counts do not count. A step has at least `least` tasks to draw from, if there are as many. */
export function openTasks(
  tasks: readonly Task[],
  curriculum: Curriculum | null,
  { before, least }: { readonly before: number; readonly least: number },
): (step: number) => readonly Task[] {
  if (curriculum === null) return () => tasks
  const ordered = easyToHard(tasks)
  return (step) => {
    const count = Math.max(least, Math.round(openShare(curriculum, step - before) * tasks.length))
    return count >= tasks.length ? tasks : ordered.slice(0, count)
  }
}

/** startShare at step 1, then linearly up to 1 after `steps` steps. */
export function openShare({ startShare, steps }: Curriculum, step: number): number {
  return Math.min(1, startShare + ((1 - startShare) * Math.max(0, step - 1)) / steps)
}

/** A task without a reference comes last among those of its difficulty. The order of the file does not count. */
export function easyToHard(tasks: readonly Task[]): Task[] {
  const sizeOf = ({ reference }: Task): number => reference?.length ?? Infinity
  return tasks.toSorted((a, b) => a.difficulty - b.difficulty || compare(sizeOf(a), sizeOf(b)) || compare(a.id, b.id))
}

function compare<T>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0
}
