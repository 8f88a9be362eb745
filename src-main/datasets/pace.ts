/** Tasks that take long come anywhere, so that the whole of what was tried foretells the rest. */

const LEAST_TRIED = 3

/** null before a few are tried, and when none is left. */
export function secondsLeft(triedCount: number, taskCount: number, seconds: number): number | null {
  if (triedCount < LEAST_TRIED || triedCount >= taskCount) return null
  return (seconds / triedCount) * (taskCount - triedCount)
}
