/**
 * Seconds until the last step, from the time of the latest steps; null before two steps are known or when the run is over.
 * stepSeconds: wall seconds of finished steps in order (`timing_s/step`), NaN where unknown. The median of the last 20 is taken:
 * one slow evaluation does not move it. evaluationSeconds: of one evaluation, 0 if unknown; evaluationsLeft: how many are to come.
 */
export function secondsLeft(
  stepSeconds: ArrayLike<number>,
  stepsLeft: number,
  evaluationSeconds = 0,
  evaluationsLeft = 0,
): number | null {
  if (stepsLeft <= 0) return null
  const recent = Array.from(stepSeconds)
    .filter(Number.isFinite)
    .slice(-20)
    .sort((a, b) => a - b)
  if (recent.length < 2) return null
  const middle = recent.length >> 1
  const median = recent.length % 2 === 1 ? recent[middle]! : (recent[middle - 1]! + recent[middle]!) / 2
  return median * stepsLeft + evaluationSeconds * evaluationsLeft
}

/** Evaluations still to come after `step`: one every `every` steps, and one after the last step. every = 0: only the last. */
export function evaluationsLeft(step: number, steps: number, every: number): number {
  if (step >= steps) return 0
  if (every <= 0) return 1
  const regular = Math.floor(steps / every) - Math.floor(step / every)
  return steps % every === 0 ? regular : regular + 1
}
