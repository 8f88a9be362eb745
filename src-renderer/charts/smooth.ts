/** Steps that the smooth line of a training chart averages: 8, and a fortieth of the run when that is more, so that long runs stay readable. */
export function smoothingWindow(stepCount: number): number {
  return Math.max(8, Math.round(stepCount / 40))
}

/**
 * Trailing moving average: point i is the mean of the finite values among i-window+1 .. i.
 * values: unit kept; NaN where a step has no value. A window without a finite value yields NaN.
 * The first points average what there is, so that a live line begins at its first point.
 */
export function movingAverage(values: ArrayLike<number>, window = smoothingWindow(values.length)): Float64Array {
  if (!Number.isInteger(window) || window < 1) throw new RangeError(`window must be a whole number above 0, not ${window}`)
  const smooth = new Float64Array(values.length)
  for (let i = 0; i < values.length; i++) {
    // Summed anew at each point: a running sum would carry rounding errors through long runs.
    let sum = 0
    let count = 0
    for (let j = Math.max(0, i - window + 1); j <= i; j++) {
      if (!Number.isFinite(values[j]!)) continue
      sum += values[j]!
      count++
    }
    smooth[i] = count === 0 ? NaN : sum / count
  }
  return smooth
}
