/** How long a run had trained by a step. */

/** `seconds`: wall time of a step, each value the mean of the steps since the one before. */
export function minutesUntil(
  seconds: { readonly steps: readonly number[]; readonly values: readonly number[] } | undefined,
  step: number,
): number {
  let [sum, before] = [0, 0]
  for (const [i, end] of (seconds?.steps ?? []).entries()) {
    if (before >= step) break
    sum += (Math.min(end, step) - before) * seconds!.values[i]!
    before = end
  }
  return sum / 60
}
